import { CdkVirtualScrollViewport } from '@angular/cdk/scrolling';
import { DestroyRef, Directive, ElementRef, inject } from '@angular/core';

/** Tells a virtual scroll when its own box changes; by itself it only hears of the window's. */
@Directive({ selector: 'cdk-virtual-scroll-viewport[appMeasured]' })
export class MeasuredViewportDirective {
  constructor() {
    const viewport = inject(CdkVirtualScrollViewport);
    const observer = new ResizeObserver(() => viewport.checkViewportSize());
    observer.observe(inject<ElementRef<HTMLElement>>(ElementRef).nativeElement);
    inject(DestroyRef).onDestroy(() => observer.disconnect());
  }
}
