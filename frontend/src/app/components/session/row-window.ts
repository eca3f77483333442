import { ElementRef, Signal, afterRenderEffect, computed, effect, signal, untracked } from '@angular/core';

/** Rows beside those in view that are there too, for a scroll that is faster than the rendering. */
const SPARE = 8;
/** The window moves by whole steps, so that most scrolls change no row. */
const STEP = 8;

/**
 * Which of many rows of one height are rendered: those in view and a few beside them. What is scrolled to by program is
 * known before it is rendered, so that rows and position change in the same frame, with one layout.
 */
export class RowWindow {
  private readonly top = signal(0);
  private readonly height = signal(innerHeight);
  private readonly target = signal<{ readonly offset: number } | null>(null);

  /** Pixels that are scrolled away above, and pixels in view. */
  readonly offset = this.top.asReadonly();
  readonly size = this.height.asReadonly();
  /** Where rows became fewer, there is less to be scrolled away than there was. */
  private readonly inRange = computed(() =>
    Math.min(this.top(), Math.max(0, this.count() * this.rowHeight - this.height())),
  );
  readonly start = computed(() => steps(this.inRange() / this.rowHeight - SPARE));
  readonly end = computed(() =>
    Math.min(this.count(), steps((this.inRange() + this.size()) / this.rowHeight + SPARE) + STEP),
  );

  /**
   * Make it in an injection context. `viewport` is what scrolls, while it is there; `scrolled` is called when it did,
   * by whomever. No listener of the template: that has everything rendered once more for each scroll, and there is one
   * for each row that comes.
   */
  constructor(
    viewport: Signal<ElementRef<HTMLElement> | undefined>,
    private readonly count: Signal<number>,
    private readonly rowHeight: number,
    scrolled: () => void,
  ) {
    effect((onCleanup) => {
      const element = viewport()?.nativeElement;
      if (!element) return;
      // One that was away, for nothing was to be shown, begins at its top again.
      untracked(() => this.scrollTo(this.top()));
      const listening = new AbortController();
      const onScroll = (): void => {
        this.top.set(element.scrollTop);
        scrolled();
      };
      element.addEventListener('scroll', onScroll, { signal: listening.signal });
      const observer = new ResizeObserver(([entry]) => {
        const height = entry?.contentRect.height ?? innerHeight;
        // What is not displayed cannot be scrolled: it is at its top when it is displayed again.
        if (untracked(this.height) === 0 && height > 0) this.scrollTo(this.top());
        this.height.set(height);
      });
      observer.observe(element);
      onCleanup(() => {
        listening.abort();
        observer.disconnect();
      });
    });
    afterRenderEffect({
      read: () => {
        const target = this.target();
        if (target) untracked(viewport)?.nativeElement.scrollTo({ top: target.offset });
      },
    });
  }

  /** Whether the end is in view, or nearly. */
  isAtEnd(): boolean {
    return this.count() * this.rowHeight - this.top() - this.size() < this.rowHeight * 2;
  }

  scrollToEnd(): void {
    this.scrollTo(this.count() * this.rowHeight - this.size());
  }

  /** Scrolls as little as needed for this row to be in view. */
  reveal(index: number): void {
    if (index < 0) return;
    const row = index * this.rowHeight;
    if (row < this.top()) this.scrollTo(row);
    else if (row + this.rowHeight > this.top() + this.size()) this.scrollTo(row + this.rowHeight - this.size());
  }

  /** So many rows have come before all others: what is in view stays there. */
  shift(rows: number): void {
    this.scrollTo(this.top() + rows * this.rowHeight);
  }

  private scrollTo(wanted: number): void {
    const offset = Math.max(0, wanted);
    this.top.set(offset);
    this.target.set({ offset });
  }
}

function steps(rows: number): number {
  return Math.max(0, Math.floor(rows / STEP) * STEP);
}
