import { Browser } from './browser';

export interface TabRole<M> {
  /** This tab now speaks for all tabs. */
  lead(): void;
  /** Another tab took over. */
  follow(): void;
  heard(message: M): void;
}

/**
 * The tabs of one browser that show the same session. The one that holds the Web Lock leads; when it goes, however
 * it goes, the browser gives the lock to the next. Without Web Locks every tab leads itself.
 */
export class TabChannel<M> {
  private readonly channel: BroadcastChannel | null;
  private readonly leaving = new AbortController();
  private release: (() => void) | null = null;

  constructor(
    private readonly name: string,
    private readonly browser: Browser,
    private readonly role: TabRole<M>,
  ) {
    this.channel = browser.locks ? browser.openChannel(name) : null;
    if (this.channel) this.channel.onmessage = (message: MessageEvent<M>) => this.role.heard(message.data);
    if (this.channel && browser.locks) this.queue(browser.locks, { signal: this.leaving.signal });
    else role.lead();
  }

  tell(message: M): void {
    this.channel?.postMessage(message);
  }

  /** Takes the lead from a tab that holds the lock but has fallen silent. */
  takeOver(): void {
    if (this.browser.locks && !this.release && !this.leaving.signal.aborted) {
      this.queue(this.browser.locks, { steal: true });
    }
  }

  leave(): void {
    this.leaving.abort();
    this.release?.();
    if (this.channel) this.channel.onmessage = null;
    this.channel?.close();
  }

  private queue(locks: LockManager, options: LockOptions): void {
    let held = false;
    locks
      .request(this.name, options, () => {
        if (this.leaving.signal.aborted || this.release) return undefined;
        held = true;
        this.role.lead();
        return new Promise<void>((resolve) => {
          this.release = () => {
            this.release = null;
            resolve();
          };
        });
      })
      .catch((error: unknown) => {
        if (this.leaving.signal.aborted) return;
        if (!(error instanceof DOMException) || error.name !== 'AbortError') throw error;
        if (!held) return;
        // The lock was stolen from us: step back, and wait for our turn again.
        this.release = null;
        this.role.follow();
        this.queue(locks, { signal: this.leaving.signal });
      });
  }
}
