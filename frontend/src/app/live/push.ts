export const SERVICE_WORKER = '/sw.js'; // frontend/public/sw.js

/** Whether this browser may show notices: never, not any more, not yet, or gladly. */
export type PushPermission = 'unsupported' | 'denied' | 'default' | 'granted';

/** What of a browser shows notices while no page is open. */
export interface Push {
  permission(): PushPermission;
  /** Asks the user. Only upon a click: browsers refuse, and remember, what asks by itself. */
  ask(): Promise<PushPermission>;
  subscription(): Promise<PushSubscription | null>;
  /** `key` is the server's public key, base64url. */
  subscribe(key: string): Promise<PushSubscription>;
}

export function browserPush(): Push {
  return {
    permission: () => {
      const there = 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;
      return there ? Notification.permission : 'unsupported';
    },
    ask: () => Notification.requestPermission(),
    subscription: async () => {
      const workers = (navigator as Partial<Navigator>).serviceWorker;
      const registration = await workers?.getRegistration();
      return (await registration?.pushManager.getSubscription()) ?? null;
    },
    subscribe: async (key) => {
      await navigator.serviceWorker.register(SERVICE_WORKER);
      const { pushManager } = await navigator.serviceWorker.ready;
      // One of another server's key, such as before a restore, would be refused for ever.
      const former = await pushManager.getSubscription();
      if (former && keyOf(former) !== key) await former.unsubscribe();
      return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    },
  };
}

/** SHA-256 of an endpoint in hexadecimal digits, as the server names a browser. */
export async function fingerprint(subscription: PushSubscription): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(subscription.endpoint));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function keyOf(subscription: PushSubscription): string {
  const bytes = new Uint8Array(subscription.options.applicationServerKey ?? new ArrayBuffer(0));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
