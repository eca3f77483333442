const PREFIX = 'ringside:copy:';

/**
 * What this device keeps of one user's answers of the API, to be read while the server is away: some of the account, and
 * some of each session. Each session has a cache of its own, which is dropped as a whole. Where a page can keep nothing,
 * or the disk is full, there is no copy, and nothing else changes.
 */
export class DeviceCopy {
  private closed = false;
  /** The ids of sessions that are not to be kept: a writing that was on its way would bring them back. */
  private readonly refused = new Set<string>();

  constructor(
    private readonly caches: CacheStorage,
    readonly userId: string,
  ) {}

  /** `sessionId`: the session it is of; '' for what is of the account. Resolves to its size in bytes; 0: not kept. */
  async put(name: string, value: unknown, sessionId = ''): Promise<number> {
    if (this.refuses(sessionId)) return 0;
    const body = new TextEncoder().encode(JSON.stringify(value));
    const kept = await quietly(async () => {
      const cache = await this.caches.open(this.cacheName(sessionId));
      await cache.put(address(name), new Response(body));
      return true;
    }, false);
    // Whoever has signed out meanwhile has nothing kept here, and a session that was deleted stays deleted.
    if (this.refuses(sessionId)) await this.removeCache(sessionId);
    return kept && !this.refuses(sessionId) ? body.byteLength : 0;
  }

  get<T>(name: string, sessionId = ''): Promise<T | null> {
    return quietly(async () => {
      const found = await (await this.cacheOf(sessionId))?.match(address(name));
      return found ? ((await found.json()) as T) : null;
    }, null);
  }

  remove(name: string, sessionId: string): Promise<void> {
    return quietly(async () => {
      await (await this.cacheOf(sessionId))?.delete(address(name));
    }, undefined);
  }

  /** Removes everything of a session whose name begins like this. */
  removeAll(start: string, sessionId: string): Promise<void> {
    return quietly(async () => {
      const cache = await this.cacheOf(sessionId);
      if (!cache) return;
      const gone = (await cache.keys()).filter(({ url }) => new URL(url).pathname.startsWith(address(start)));
      await Promise.all(gone.map((request) => cache.delete(request)));
    }, undefined);
  }

  /** The ids of the sessions of which something is kept. */
  sessionIds(): Promise<string[]> {
    const start = this.cacheName('');
    return quietly(async () => {
      const names = (await this.caches.keys()).filter((name) => name.startsWith(start) && name !== start);
      return names.map((name) => decodeURIComponent(name.slice(start.length)));
    }, []);
  }

  /** Removes a session, and keeps nothing of it until it is admitted again. */
  async drop(sessionId: string): Promise<void> {
    this.refused.add(sessionId);
    await this.removeCache(sessionId);
  }

  /** The server has just sent this session: it may be kept. */
  admit(sessionId: string): void {
    this.refused.delete(sessionId);
  }

  /** Keeps nothing more, also of what is on its way. */
  close(): void {
    this.closed = true;
  }

  /** Whether nothing of this session is kept any more. */
  refuses(sessionId: string): boolean {
    return this.closed || this.refused.has(sessionId);
  }

  private removeCache(sessionId: string): Promise<void> {
    return quietly(async () => {
      await this.caches.delete(this.cacheName(sessionId));
    }, undefined);
  }

  /** To open one that is not there would make it. */
  private async cacheOf(sessionId: string): Promise<Cache | null> {
    const name = this.cacheName(sessionId);
    return (await this.caches.has(name)) ? this.caches.open(name) : null;
  }

  private cacheName(sessionId: string): string {
    return `${PREFIX}${encodeURIComponent(this.userId)}:${encodeURIComponent(sessionId)}`;
  }
}

/** Drops all that is kept of other users than this one; of everybody without one. Whether there was anything. */
export function dropCopies(caches: CacheStorage, except?: string): Promise<boolean> {
  const stays = except === undefined ? null : `${PREFIX}${encodeURIComponent(except)}:`;
  return quietly(async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
    const gone = names.filter((name) => stays === null || !name.startsWith(stays));
    await Promise.all(gone.map((name) => caches.delete(name)));
    return gone.length > 0;
  }, false);
}

/** A disk that is full, or a browser that keeps nothing: a copy is not worth a message. */
async function quietly<T>(action: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await action();
  } catch {
    return otherwise;
  }
}

/** Nothing is ever at it: it only names what is kept. */
function address(name: string): string {
  return `/kept/${name}`;
}
