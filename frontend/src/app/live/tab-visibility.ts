import { Browser } from './browser';

/** How long a tab may be out of sight until it counts as left alone, in milliseconds: a glance elsewhere is shorter. */
export const GLANCE = 3000;

/** Whether anybody looks at this tab. One that is opened behind others is out of sight from the beginning. */
export class TabVisibility {
  private seen: boolean;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listening = new AbortController();

  constructor(
    private readonly browser: Browser,
    private readonly change: (seen: boolean) => void,
  ) {
    this.seen = browser.isVisible();
    document.addEventListener('visibilitychange', () => this.look(), { signal: this.listening.signal });
  }

  isSeen(): boolean {
    return this.seen;
  }

  close(): void {
    clearTimeout(this.timer);
    this.listening.abort();
  }

  private look(): void {
    clearTimeout(this.timer);
    if (this.browser.isVisible()) this.set(true);
    else this.timer = setTimeout(() => this.set(false), GLANCE);
  }

  private set(seen: boolean): void {
    if (seen === this.seen) return;
    this.seen = seen;
    this.change(seen);
  }
}
