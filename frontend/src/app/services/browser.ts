import { InjectionToken } from '@angular/core';

import { Browser } from '../live/browser';
import { SERVICE_WORKER } from '../live/push';
import { keepAwake } from '../live/wake-lock';

export const BROWSER = new InjectionToken<Browser>('BROWSER', {
  providedIn: 'root',
  factory: (): Browser => ({
    openSource: (url) => new EventSource(url),
    openChannel: (name) => ('BroadcastChannel' in globalThis ? new BroadcastChannel(name) : null),
    locks: (navigator as Partial<Navigator>).locks,
    caches: (globalThis as Partial<typeof globalThis>).caches,
    isOnline: () => navigator.onLine,
    isVisible: () => document.visibilityState === 'visible',
    random: () => Math.random(),
    // `crypto.randomUUID` is there in secure contexts only.
    newKey: () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-'),
    cookies: () => document.cookie,
    openBeside: (url) => void open(url, '_blank', 'noopener'),
    wasLoadedAt: (path) =>
      performance.getEntriesByType('navigation').every(({ name }) => new URL(name, location.href).pathname === path),
    keepAwake,
    endPush: async () => {
      const registration = await (navigator as Partial<Navigator>).serviceWorker?.getRegistration();
      await (await registration?.pushManager.getSubscription())?.unsubscribe();
    },
    keepFiles: () => {
      // A browser that forbids it rejects: the page then needs the server to open.
      (navigator as Partial<Navigator>).serviceWorker?.register(SERVICE_WORKER).catch(() => undefined);
    },
    badge: (count) => {
      // A browser that forbids it rejects: the title of the tab says the same.
      (navigator as Partial<Navigator>).setAppBadge?.(count).catch(() => undefined);
    },
    load: (url) => location.assign(url),
  }),
});
