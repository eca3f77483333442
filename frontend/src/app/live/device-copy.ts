const PREFIX = 'ringside:copy:';

/**
 * What this device keeps of one user's answers of the API, to be read while the server is away: some of the account, and
 * some of each session. Each session has a cache of its own, which is dropped as a whole. Where a page can keep nothing,
 * or the disk is full, there is no copy, and nothing else changes.
 */
export class DeviceCopy {
  private closed = false;

  constructor(
    private readonly caches: CacheStorage,
    readonly userId: string,
  ) {}

  /** `sessionId`: the session it is of; '' for what is of the account. Resolves to its size in bytes; 0: not kept. */
  async put(name: string, value: unknown, sessionId = ''): Promise<number> {
    if (this.closed) return 0;
    const body = new TextEncoder().encode(JSON.stringify(value));
    try {
      const cache = await this.caches.open(this.cacheName(sessionId));
      await cache.put(address(name), new Response(body));
    } catch {
      return 0; // The disk is full, or the browser keeps nothing: a copy is not worth a message.
    }
    // Whoever has signed out meanwhile has nothing kept here.
    if (this.isClosed()) await this.drop(sessionId);
    return body.byteLength;
  }

  async get<T>(name: string, sessionId = ''): Promise<T | null> {
    const cacheName = this.cacheName(sessionId);
    // To open one that is not there would make it.
    if (!(await this.caches.has(cacheName))) return null;
    const found = await (await this.caches.open(cacheName)).match(address(name));
    return found ? ((await found.json()) as T) : null;
  }

  async remove(name: string, sessionId: string): Promise<void> {
    const cacheName = this.cacheName(sessionId);
    if (await this.caches.has(cacheName)) await (await this.caches.open(cacheName)).delete(address(name));
  }

  /** Removes everything of a session whose name begins like this. */
  async removeAll(start: string, sessionId: string): Promise<void> {
    const cacheName = this.cacheName(sessionId);
    if (!(await this.caches.has(cacheName))) return;
    const cache = await this.caches.open(cacheName);
    const gone = (await cache.keys()).filter(({ url }) => new URL(url).pathname.startsWith(address(start)));
    await Promise.all(gone.map((request) => cache.delete(request)));
  }

  /** The ids of the sessions of which something is kept. */
  async sessionIds(): Promise<string[]> {
    const start = this.cacheName('');
    const names = (await this.caches.keys()).filter((name) => name.startsWith(start) && name !== start);
    return names.map((name) => decodeURIComponent(name.slice(start.length)));
  }

  async drop(sessionId: string): Promise<void> {
    await this.caches.delete(this.cacheName(sessionId));
  }

  /** Keeps nothing more, also of what is on its way. */
  close(): void {
    this.closed = true;
  }

  /** A call, because an await lies between. */
  private isClosed(): boolean {
    return this.closed;
  }

  private cacheName(sessionId: string): string {
    return `${PREFIX}${encodeURIComponent(this.userId)}:${encodeURIComponent(sessionId)}`;
  }
}

/** The id of the user of whom something is kept; null: of nobody. */
export async function copiedUser(caches: CacheStorage): Promise<string | null> {
  const found = (await caches.keys()).find((name) => name.startsWith(PREFIX));
  const id = found?.slice(PREFIX.length).split(':')[0];
  return id === undefined ? null : decodeURIComponent(id);
}

/** Drops all that is kept of other users than this one; of everybody without one. */
export async function dropCopies(caches: CacheStorage, except?: string): Promise<void> {
  const stays = except === undefined ? null : `${PREFIX}${encodeURIComponent(except)}:`;
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  const gone = names.filter((name) => stays === null || !name.startsWith(stays));
  await Promise.all(gone.map((name) => caches.delete(name)));
}

/** Nothing is ever at it: it only names what is kept. */
function address(name: string): string {
  return `/kept/${name}`;
}
