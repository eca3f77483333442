/**
 * Milliseconds from one flush to the next at least: where events keep coming, every second frame of a usual screen
 * shows them, for half the work; what comes after a pause is shown with the next frame.
 */
const PAUSE = 20;
/** Hidden tabs get no frames; there a timer does it, so that what is queued does not grow without end. */
const WITHOUT_FRAMES = 500;

/** Calls `flush` in an animation frame after `request`, once for all requests until then. */
export class FlushScheduler {
  private frame: number | null = null;
  private pause: ReturnType<typeof setTimeout> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private flushed = -Infinity;

  constructor(private readonly flush: () => void) {}

  request(): void {
    if (this.frame !== null || this.timer !== undefined) return;
    const pause = this.flushed + PAUSE - performance.now();
    if (pause > 0) this.pause = setTimeout(() => this.awaitFrame(), pause);
    else this.awaitFrame();
    // A tab that is hidden after it asked for a frame would wait for it until it is shown again.
    this.later();
  }

  /** Twice a second is often enough: for what comes in bulk and would only be seen passing by. */
  later(): void {
    this.timer ??= setTimeout(() => this.now(), WITHOUT_FRAMES);
  }

  now(): void {
    this.cancel();
    this.flushed = performance.now();
    this.flush();
  }

  cancel(): void {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    clearTimeout(this.pause);
    clearTimeout(this.timer);
    this.frame = null;
    this.timer = undefined;
  }

  private awaitFrame(): void {
    if (document.visibilityState === 'visible') this.frame = requestAnimationFrame(() => this.now());
  }
}
