/** The caches of a browser, in memory. */
export class FakeCaches {
  readonly all = new Map<string, Map<string, string>>();

  open(name: string): Promise<object> {
    const cache = this.all.get(name) ?? new Map<string, string>();
    this.all.set(name, cache);
    return Promise.resolve({
      put: async (address: string, response: Response) => void cache.set(address, await response.text()),
      match: (address: string) => {
        const found = cache.get(address);
        return Promise.resolve(found === undefined ? undefined : new Response(found));
      },
      delete: (asked: string | Pick<Request, 'url'>) => Promise.resolve(cache.delete(pathOf(asked))),
      keys: () => Promise.resolve([...cache.keys()].map((address) => ({ url: `https://ringside.test${address}` }))),
    });
  }

  has(name: string): Promise<boolean> {
    return Promise.resolve(this.all.has(name));
  }

  keys(): Promise<string[]> {
    return Promise.resolve([...this.all.keys()]);
  }

  delete(name: string): Promise<boolean> {
    return Promise.resolve(this.all.delete(name));
  }
}

function pathOf(asked: string | Pick<Request, 'url'>): string {
  return typeof asked === 'string' ? asked : new URL(asked.url).pathname;
}

export function fakeCaches(): CacheStorage & FakeCaches {
  return new FakeCaches() as unknown as CacheStorage & FakeCaches;
}
