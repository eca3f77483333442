/** Hidden tabs get no frames; there a timer does it, so that what is queued does not grow without end. */
const WITHOUT_FRAMES = 500;

/** Calls `flush` in the next animation frame after `request`, once for all requests until then. */
export class FlushScheduler {
  private frame: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly flush: () => void) {}

  request(): void {
    if (this.frame !== null || this.timer !== undefined) return;
    if (document.visibilityState === 'visible') this.frame = requestAnimationFrame(() => this.now());
    // A tab that is hidden after it asked for a frame would wait for it until it is shown again.
    this.later();
  }

  /** Twice a second is often enough: for what comes in bulk and would only be seen passing by. */
  later(): void {
    this.timer ??= setTimeout(() => this.now(), WITHOUT_FRAMES);
  }

  now(): void {
    this.cancel();
    this.flush();
  }

  cancel(): void {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.frame = null;
    this.timer = undefined;
  }
}
