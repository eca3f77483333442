import { Browser } from './browser';

export interface TabRole<M> {
  /** This tab now speaks for all tabs. */
  lead(): void;
  /** Another tab took over. */
  follow(): void;
  heard(message: M): void;
}

/**
 * The tabs of one browser that show the same session. Of those that stand for the lead, the one that holds the Web
 * Lock has it; when it goes, however it goes, the browser gives the lock to the next. All others listen. Without Web
 * Locks every tab that stands leads itself.
 */
export class TabChannel<M> {
  private readonly channel: BroadcastChannel | null;
  /** Aborted when this tab no longer stands for the lead; null while it does not. */
  private candidacy: AbortController | null = null;
  private release: (() => void) | null = null;

  constructor(
    private readonly name: string,
    private readonly browser: Browser,
    private readonly role: TabRole<M>,
  ) {
    this.channel = browser.locks ? browser.openChannel(name) : null;
    if (this.channel) this.channel.onmessage = (message: MessageEvent<M>) => this.role.heard(message.data);
  }

  /** Asks for the lead, now or whenever it is free. */
  requestLead(): void {
    if (this.candidacy) return;
    this.candidacy = new AbortController();
    const { signal } = this.candidacy;
    if (this.channel && this.browser.locks) this.queue(this.browser.locks, { signal }, signal);
    else this.role.lead();
  }

  /** Leaves the lead, or the wait for it, to the others; goes on listening. */
  giveUpLead(): void {
    this.candidacy?.abort();
    this.candidacy = null;
    this.release?.();
  }

  tell(message: M): void {
    this.channel?.postMessage(message);
  }

  /** Takes the lead from a tab that holds the lock but has fallen silent. */
  takeOver(): void {
    if (this.browser.locks && this.candidacy && !this.release) {
      this.queue(this.browser.locks, { steal: true }, this.candidacy.signal);
    }
  }

  leave(): void {
    this.giveUpLead();
    if (this.channel) this.channel.onmessage = null;
    this.channel?.close();
  }

  private queue(locks: LockManager, options: LockOptions, candidacy: AbortSignal): void {
    let held = false;
    locks
      .request(this.name, options, () => {
        if (candidacy.aborted || this.release) return undefined;
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
        if (candidacy.aborted) return;
        if (!(error instanceof DOMException) || error.name !== 'AbortError') throw error;
        if (!held) return;
        // The lock was stolen from us: step back, and wait for our turn again.
        this.release = null;
        this.role.follow();
        this.queue(locks, { signal: candidacy }, candidacy);
      });
  }
}
