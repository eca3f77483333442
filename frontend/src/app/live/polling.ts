/** Milliseconds from one answer to the next question. */
const PAUSE = 2000;

/** Asks again and again, once the answer before is there, or there is none. */
export class Polling {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = false;
  /** How often it was stopped: an answer that comes after that asks no further. */
  private stops = 0;

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
    this.stops++;
    clearTimeout(this.timer);
  }

  private later(): void {
    const { stops } = this;
    this.timer = setTimeout(() => {
      void this.ask()
        .catch((error: unknown) => {
          reportError(error);
        })
        .finally(() => {
          if (this.stops === stops) this.later();
        });
    }, PAUSE);
  }
}
