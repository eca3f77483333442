import { Browser } from './browser';
import { retryDelay } from './connection';

export type StreamHealth = 'connecting' | 'live' | 'reconnecting' | 'offline';

export interface EventStreamOptions<Wire> {
  readonly browser: Browser;
  /** The names of the events that are listened to. */
  readonly types: readonly string[];
  /** Where to connect, from the cursor of this moment. */
  url(): string;
  heartbeatSeconds(): number;
  /** `id` is what the stream can be resumed with. */
  received(event: Wire, id: string): void;
  health(health: StreamHealth): void;
  /** Nothing has come since it began to connect, for longer than a server that can be reached takes. */
  late(): void;
  /** Asked when the server refused the stream: true to try again, false when there is nothing to come back to. */
  mayRetry(): Promise<boolean>;
}

const OPEN_WITHIN = 15_000;
/** A server sends the first heartbeat at once: so long may it be on its way, in milliseconds. */
const PATIENCE = 4000;

/**
 * One EventSource, kept alive. While the browser reconnects by itself it is left alone; when it has given up,
 * or when nothing (not even a heartbeat) was heard for 2.5 heartbeats, we connect anew. It is live once something was
 * heard: a proxy may answer at once and hold back what follows.
 */
export class EventStream<Wire> {
  private source: EventSource | null = null;
  private opened = 0;
  private attempt = 0;
  private live = false;
  private closed = false;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;
  private lateTimer: ReturnType<typeof setTimeout> | undefined;
  private lastHeard = 0;
  /** When it connects anew, and when the timer looks whether that has been put off; by `performance.now()`. */
  private deadline = 0;
  private silenceEnd = Infinity;
  private readonly listening = new AbortController();

  constructor(private readonly options: EventStreamOptions<Wire>) {
    const { signal } = this.listening;
    // What the browser calls offline may still reach a server on this very machine: only trying tells.
    addEventListener('online', () => this.reopen(), { signal });
    addEventListener('offline', () => this.reopen(), { signal });
    document.addEventListener('visibilitychange', () => this.lookAfterSleep(), { signal });
    this.open('connecting');
  }

  close(): void {
    this.closed = true;
    this.listening.abort();
    clearTimeout(this.lateTimer);
    this.drop();
  }

  /** Connects anew at once, from the present cursor. */
  reopen(): void {
    this.attempt = 0;
    this.open(this.lostHealth());
  }

  private open(health: StreamHealth): void {
    if (this.closed) return;
    this.opened++;
    this.drop();
    this.options.health(health);
    const source = this.options.browser.openSource(this.options.url());
    this.source = source;
    this.watch(OPEN_WITHIN);
    this.expect();
    for (const type of this.options.types) {
      if (type !== 'error') source.addEventListener(type, (message) => this.take(message as MessageEvent<string>));
    }
    // A server-sent event named "error" arrives here too; only it carries data.
    source.onerror = (event) => {
      if (event instanceof MessageEvent && typeof event.data === 'string') this.take(event as MessageEvent<string>);
      else this.lost(source);
    };
  }

  private take(message: MessageEvent<string>): void {
    this.heard();
    this.options.received(JSON.parse(message.data) as Wire, message.lastEventId);
  }

  private lost(source: EventSource): void {
    if (source !== this.source) return;
    this.live = false;
    this.expect();
    this.options.health(this.lostHealth());
    if (source.readyState === source.CONNECTING) {
      this.watch(OPEN_WITHIN);
      return;
    }
    this.drop();
    const { opened } = this;
    void this.options.mayRetry().then((again) => {
      if (opened !== this.opened) return; // meanwhile it connected anew
      if (again) this.retryLater();
      else this.close();
    });
  }

  private retryLater(): void {
    if (this.closed) return;
    this.attempt++;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(
      () => this.open(this.lostHealth()),
      retryDelay(this.attempt, this.options.browser.random()),
    );
  }

  private lostHealth(): StreamHealth {
    return this.options.browser.isOnline() ? 'reconnecting' : 'offline';
  }

  /** Timers stand still while a laptop sleeps; the first look after it tells whether the stream survived. */
  private lookAfterSleep(): void {
    if (this.closed || !this.options.browser.isVisible()) return;
    const silent = performance.now() - this.lastHeard > this.options.heartbeatSeconds() * 1200;
    if (silent || !this.source || this.source.readyState !== this.source.OPEN) this.reopen();
  }

  private heard(): void {
    this.lastHeard = performance.now();
    this.watch(this.options.heartbeatSeconds() * 2500);
    if (this.live) return;
    this.live = true;
    this.attempt = 0;
    clearTimeout(this.lateTimer);
    this.lateTimer = undefined;
    this.options.health('live');
  }

  /** Several attempts that bring nothing are one wait. */
  private expect(): void {
    this.lateTimer ??= setTimeout(() => {
      this.lateTimer = undefined;
      this.options.late();
    }, PATIENCE);
  }

  /** Connects anew unless it is called again within so many milliseconds. Each event calls it: most set no timer. */
  private watch(milliseconds: number): void {
    this.deadline = performance.now() + milliseconds;
    if (this.deadline < this.silenceEnd) this.sleep(milliseconds);
  }

  private sleep(milliseconds: number): void {
    clearTimeout(this.silenceTimer);
    this.silenceEnd = performance.now() + milliseconds;
    this.silenceTimer = setTimeout(() => {
      const left = this.deadline - performance.now();
      if (left > 0) this.sleep(left);
      else this.open(this.lostHealth());
    }, milliseconds);
  }

  private drop(): void {
    clearTimeout(this.retryTimer);
    clearTimeout(this.silenceTimer);
    this.silenceEnd = Infinity;
    this.live = false;
    if (this.source) {
      this.source.onerror = null;
      this.source.close();
      this.source = null;
    }
  }
}
