import { Browser } from '../app/live/browser';

/** An EventSource whose server is the test. */
export class FakeSource extends EventTarget {
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSED = 2;
  readyState = 0;
  onerror: ((event: Event) => void) | null = null;

  constructor(readonly url: string) {
    super();
  }

  get cursor(): number {
    return Number(new URL(this.url, 'http://test').searchParams.get('last_event_id'));
  }

  /** The server answers, and sends its first heartbeat. */
  open(): void {
    this.answer();
    this.send({ type: 'heartbeat', head: 0 });
  }

  /** The server, or a proxy in its place, answers; nothing follows. */
  answer(): void {
    this.readyState = this.OPEN;
  }

  send(event: object, id = ''): void {
    const { type } = event as { type: string };
    const message = new MessageEvent(type, { data: JSON.stringify(event), lastEventId: id });
    if (type === 'error') this.onerror?.(message);
    else this.dispatchEvent(message);
  }

  /** The connection is gone; `closed` when the browser will not try again by itself. */
  fail(closed: boolean): void {
    this.readyState = closed ? this.CLOSED : this.CONNECTING;
    this.onerror?.(new Event('error'));
  }

  close(): void {
    this.readyState = this.CLOSED;
  }
}

interface Request {
  readonly grant: () => void;
}

/** The parts of a browser that several tabs share: one lock per name, one channel per name. */
export class FakeTabs {
  private readonly channels = new Map<string, Set<FakeChannel>>();
  private readonly holders = new Map<string, (error: DOMException) => void>();
  private readonly waiting = new Map<string, Request[]>();

  channel(name: string, browser: FakeBrowser): FakeChannel {
    const peers = this.channels.get(name) ?? new Set();
    this.channels.set(name, peers);
    const channel = new FakeChannel(peers, browser);
    peers.add(channel);
    return channel;
  }

  readonly locks = {
    request: (name: string, options: LockOptions, callback: () => Promise<void> | undefined): Promise<void> =>
      new Promise((resolve, reject) => {
        const grant = (): void => {
          this.holders.set(name, reject);
          const held = Promise.resolve(callback());
          const release = (): void => {
            if (this.holders.get(name) !== reject) return;
            this.holders.delete(name);
            resolve(held);
            this.waiting.get(name)?.shift()?.grant();
          };
          held.then(release, release);
        };
        if (options.steal) {
          this.holders.get(name)?.(new DOMException('Lock broken by another request', 'AbortError'));
          grant();
        } else if (this.holders.has(name)) {
          const queue = this.waiting.get(name) ?? [];
          this.waiting.set(name, queue);
          const request = { grant };
          queue.push(request);
          options.signal?.addEventListener('abort', () => {
            // As in a browser: whoever has been given the lock keeps it.
            if (!queue.includes(request)) return;
            queue.splice(queue.indexOf(request), 1);
            reject(new DOMException('aborted', 'AbortError'));
          });
        } else {
          queueMicrotask(grant);
          this.holders.set(name, reject);
        }
      }),
  };
}

export class FakeChannel {
  onmessage: ((event: MessageEvent) => void) | null = null;

  constructor(
    private readonly peers: Set<FakeChannel>,
    private readonly browser: FakeBrowser,
  ) {}

  postMessage(data: unknown): void {
    if (this.browser.silent) return;
    const copy: unknown = structuredClone(data);
    for (const peer of this.peers) if (peer !== this) peer.onmessage?.(new MessageEvent('message', { data: copy }));
  }

  close(): void {
    this.peers.delete(this);
  }
}

/** One tab. Without `tabs` it is a browser that has no Web Locks. */
export class FakeBrowser implements Browser {
  readonly sources: FakeSource[] = [];
  online = true;
  visible = true;
  /** A tab that the browser has put to sleep tells the others nothing. */
  silent = false;
  /** Of somebody who is signed in. */
  cookie = 'csrf_refresh_token=r1; signed_in_as=user-Mara.sign-in-1';
  private keys = 0;
  /** The addresses that the page was loaded anew at. */
  readonly loaded: string[] = [];
  /** The addresses that were opened beside the page. */
  readonly opened: string[] = [];

  constructor(private readonly tabs?: FakeTabs) {}

  get source(): FakeSource {
    const source = this.sources.at(-1);
    if (!source) throw new Error('This tab has opened no stream.');
    return source;
  }

  get locks(): LockManager | undefined {
    return this.tabs?.locks as unknown as LockManager | undefined;
  }

  openSource(url: string): EventSource {
    const source = new FakeSource(url);
    this.sources.push(source);
    return source as unknown as EventSource;
  }

  openChannel(name: string): BroadcastChannel | null {
    return (this.tabs?.channel(name, this) as unknown as BroadcastChannel | undefined) ?? null;
  }

  isOnline(): boolean {
    return this.online;
  }

  isVisible(): boolean {
    return this.visible;
  }

  /** Another tab comes to the front, or this one. */
  show(visible: boolean): void {
    this.visible = visible;
    document.dispatchEvent(new Event('visibilitychange'));
  }

  random(): number {
    return 0.5;
  }

  newKey(): string {
    return `key-${++this.keys}`;
  }

  /** It keeps nothing, as outside secure contexts, unless a test gives it something. */
  caches: CacheStorage | undefined = undefined;
  filesKept = false;

  keepFiles(): void {
    this.filesKept = true;
  }

  pushEnded = false;
  badged = 0;

  badge(count: number): void {
    this.badged = count;
  }

  cookies(): string {
    return this.cookie;
  }

  wasLoadedAt(): boolean {
    return true;
  }

  endPush(): Promise<void> {
    this.pushEnded = true;
    return Promise.resolve();
  }

  openBeside(url: string): void {
    this.opened.push(url);
  }

  /** How often the screen is being kept awake. */
  awake = 0;

  keepAwake(): () => void {
    this.awake++;
    return () => {
      this.awake--;
    };
  }

  load(url: string): void {
    this.loaded.push(url);
  }
}
