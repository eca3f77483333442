// The service worker of the dashboard: shows what the server tells its user, also while no page of it is open
// (agents/notices/push.py sends it). It is registered when somebody switches notices on. It keeps no files and answers
// no requests; what works without a network would be added here, as a listener for `fetch` of its own.

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('push', (event) => {
  const told = event.data?.json() ?? { title: 'Ringside', body: '', path: '/', tag: 'ringside', urgent: false };
  const shown = self.registration.showNotification(told.title, {
    body: told.body,
    tag: told.tag, // what is newer about the same thing takes its place
    renotify: told.urgent,
    requireInteraction: told.urgent,
    icon: '/favicon.svg',
    data: { path: told.path },
  });
  event.waitUntil(shown);
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(new URL(event.notification.data.path, self.location.origin)));
});

/** In the tab that shows it already, where nothing is lost by that; else in a new one. */
async function open(url) {
  const tabs = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const tab = tabs.find((one) => new URL(one.url).pathname === url.pathname);
  if (!tab) return self.clients.openWindow(url.href);
  await tab.focus();
  // Only the part behind the # changes, so that the page stays as it is.
  return tab.navigate(url.href).catch(() => null);
}
