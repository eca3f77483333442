import { ElementRef, Signal, effect } from '@angular/core';

export interface ZoomTarget {
  /** What times are drawn on; its width is what is in view. */
  track(): HTMLElement;
  /** `factor` times as much in view; what is at this share of the track stays there. */
  zoom(factor: number, share: number): void;
  /** On by this share of the track. */
  pan(share: number): void;
}

/** Pixels of a drag that is none yet: a hand trembles while it clicks. */
const TREMBLE = 5;

/**
 * Ctrl and the wheel, or a pinch on a trackpad, zoom; the wheel sideways or with Shift, and dragging, pan; two fingers do
 * both. No listeners of the template: these are heard many times for each frame.
 */
export class ZoomGestures {
  private readonly pointers = new Map<number, PointerEvent>();
  /** Where a drag began; null while none goes on. */
  private begin: number | null = null;
  private dragged = false;

  /** Make it in an injection context. */
  constructor(
    surface: Signal<ElementRef<HTMLElement>>,
    private readonly target: ZoomTarget,
  ) {
    effect((onCleanup) => {
      const element = surface().nativeElement;
      const listening = new AbortController();
      const { signal } = listening;
      element.addEventListener('wheel', (event) => this.onWheel(event), { signal, passive: false });
      element.addEventListener('pointerdown', (event) => this.onDown(event), { signal });
      element.addEventListener('pointermove', (event) => this.onMove(event, element), { signal });
      for (const end of ['pointerup', 'pointercancel'] as const) {
        element.addEventListener(end, (event) => this.onUp(event), { signal });
      }
      element.addEventListener('click', (event) => this.onClick(event), { signal, capture: true });
      onCleanup(() => listening.abort());
    });
  }

  private onWheel(event: WheelEvent): void {
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const sideways = event.shiftKey ? event.deltaX + event.deltaY : event.deltaX;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.target.zoom(Math.exp((event.deltaY * lines) / 200), this.shareOf(event.clientX));
    } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      event.preventDefault();
      this.target.pan((sideways * lines) / this.width());
    }
  }

  private onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.pointers.set(event.pointerId, event);
    this.begin = this.pointers.size === 1 ? event.clientX : null;
    this.dragged = false;
  }

  private onMove(event: PointerEvent, element: HTMLElement): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    if (this.pointers.size === 2) {
      this.pinch(event, before);
    } else {
      if (this.begin !== null && Math.abs(event.clientX - this.begin) < TREMBLE) return;
      this.begin = null;
      element.setPointerCapture(event.pointerId);
      this.target.pan((before.clientX - event.clientX) / this.width());
    }
    this.dragged = true;
    this.pointers.set(event.pointerId, event);
  }

  private pinch(event: PointerEvent, before: PointerEvent): void {
    const other = [...this.pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    if (!other) return;
    const [was, is] = [before.clientX, event.clientX].map((x) => Math.max(8, Math.abs(x - other.clientX)));
    this.target.zoom((was ?? 1) / (is ?? 1), this.shareOf((event.clientX + other.clientX) / 2));
  }

  private onUp(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
  }

  /** The click that ends a drag chooses nothing. */
  private onClick(event: MouseEvent): void {
    if (this.dragged) event.stopPropagation();
    this.dragged = false;
  }

  private shareOf(x: number): number {
    const { left, width } = this.target.track().getBoundingClientRect();
    return Math.min(1, Math.max(0, (x - left) / Math.max(1, width)));
  }

  private width(): number {
    return Math.max(1, this.target.track().getBoundingClientRect().width);
  }
}
