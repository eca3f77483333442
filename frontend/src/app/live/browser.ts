/** The parts of the browser that its tabs share or that tests have to stand in for, in one place. */
export interface Browser {
  openSource(url: string): EventSource;
  openChannel(name: string): BroadcastChannel | null;
  /** Absent outside secure contexts; then every tab has a stream of its own. */
  readonly locks: LockManager | undefined;
  /** Where pages keep what they can do without the server; absent outside secure contexts. */
  readonly caches: CacheStorage | undefined;
  isOnline(): boolean;
  isVisible(): boolean;
  /** 0 to 1, for jitter. */
  random(): number;
  /** Something that nobody else has made, for what must not be done twice. */
  newKey(): string;
  /** The cookies that scripts may read, as `document.cookie` has them. */
  cookies(): string;
  /** Opens an address beside this page. */
  openBeside(url: string): void;
  /** Whether the document that is open was loaded at this path. */
  wasLoadedAt(path: string): boolean;
  /** Keeps the screen awake where that can be asked for; what ends it. */
  keepAwake(): () => void;
  /** Shows no notices any more: whoever signs in here next is somebody else. */
  endPush(): Promise<void>;
  /** Has the service worker keep the files of the dashboard; nothing where the browser has no such thing. */
  keepFiles(): void;
  /** How many wait, on the icon of the installed app; nothing where the browser has no such thing. */
  badge(count: number): void;
  /** Loads the page anew at this address, with nothing left in memory of what was there before. */
  load(url: string): void;
}
