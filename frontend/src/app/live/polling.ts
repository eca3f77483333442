/** Milliseconds from one answer to the next question. */
const PAUSE = 2000;

/** Asks again and again, once the answer before is there. */
export class Polling {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = false;

  constructor(private readonly ask: () => Promise<void>) {}

  get isRunning(): boolean {
    return this.running;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.later();
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.timer);
  }

  private later(): void {
    this.timer = setTimeout(() => {
      void this.ask().then(() => {
        if (this.running) this.later();
      });
    }, PAUSE);
  }
}
