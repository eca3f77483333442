import { Directive, ElementRef, Injector, afterNextRender, effect, inject, input } from '@angular/core';

/**
 * Why something was refused, brought into view: the list or the form that it stands at may be longer than the screen.
 * It takes the focus where nothing has it: a button loses it while what was asked is on its way.
 */
@Directive({
  selector: 'p[appAlert]',
  host: { class: 'form-error', role: 'alert', tabindex: '-1', '[textContent]': 'words()' },
})
export class AlertDirective {
  readonly words = input.required<string>({ alias: 'appAlert' });

  constructor() {
    const element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    const injector = inject(Injector);
    const bringIntoView = (): void => {
      element.scrollIntoView({ block: 'nearest' });
      if (document.activeElement === document.body) element.focus({ preventScroll: true });
    };
    effect(() => {
      if (this.words() !== '') afterNextRender(bringIntoView, { injector });
    });
  }
}
