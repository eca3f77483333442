// The service worker of the dashboard. It shows what the server tells its user, also while no page of it is open
// (agents/notices/push.py sends it), and keeps the files of the dashboard, so that it opens without a network. What the
// API answers it never sees or keeps: the pages keep that themselves (frontend/src/app/live/device-copy.ts).
//
// The server writes the build's name and its files here, and how the addresses begin that are no pages
// (api/operations/dashboard.py): another build is another worker, which the browser finds by itself.

const { build, files, programs } = /* BUILD */ { build: '', files: [], programs: [] };
const PREFIX = 'ringside:shell:';
const SHELL = PREFIX + build;
const PAGE = '/';
/** Files whose name carries a hash of their content: they are the same in every build that has them. */
const HASHED = /^\/(media\/)?[^/]+-[\w-]{8}\.(js|css|woff2)$/;
/** Milliseconds for which the server is waited for where something is kept: a network that hangs never says so. */
const PATIENCE = 4000;
/** The ids of the tabs whose page is the kept one: they get its files with it. */
const tabsOfKept = new Set();

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(keepFiles());
});

self.addEventListener('activate', (event) => event.waitUntil(Promise.all([dropOldBuilds(), self.clients.claim()])));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin || isOfPrograms(pathname)) return;
  if (request.mode === 'navigate') event.respondWith(page(event));
  else if (HASHED.test(pathname)) event.respondWith(kept(request));
  else if (files.includes(pathname)) event.respondWith(fresh(event));
});

/** As the server tells what is for programs from pages. */
function isOfPrograms(pathname) {
  return programs.includes(pathname.replace(/^\/+/, '').split('/')[0].split('.')[0].toLowerCase());
}

/** One after the other: browsers have six connections to a host, and a page wants some of them now. */
async function keepFiles() {
  if (build === '') return;
  const shell = await caches.open(SHELL);
  for (const file of files) if (!(await shell.match(file))) await shell.add(file);
  // The page last: where it is, everything that it may load is there.
  const answer = await fetch(PAGE, { cache: 'no-store' });
  const scripts = [...(await answer.clone().text()).matchAll(/<script src="([^"]+)"/g)].map(([, name]) => `/${name}`);
  if (!answer.ok || !scripts.every((name) => files.includes(name))) throw new Error('This page is of another build.');
  await shell.put(PAGE, answer);
}

/** The build before is left: tabs that were opened with it still load their parts. */
async function dropOldBuilds() {
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== SHELL);
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
}

/** The server's own; the one that is kept while neither the server nor what stands before it has a page. */
async function page({ request, resultingClientId }) {
  const asked = ask(request);
  const shell = await inShell(PAGE);
  const answer = await inTime(asked, shell);
  if (answer !== shell) return answer;
  tabsOfKept.add(resultingClientId);
  return withNewNonce(shell);
}

async function kept(request) {
  return (await caches.match(request, { ignoreVary: true }).catch(() => undefined)) ?? fetch(request);
}

/** Files that have the same name in every build: as the server has them now. */
async function fresh({ request, clientId }) {
  const own = tabsOfKept.has(clientId) ? await inShell(request) : undefined;
  return own ?? inTime(ask(request), await inShell(request));
}

function ask(request) {
  return fetch(request).catch(() => null);
}

/** undefined: it is not kept, or the browser's storage is broken. */
function inShell(what) {
  return caches
    .open(SHELL)
    .then((shell) => shell.match(what, { ignoreVary: true }))
    .catch(() => undefined);
}

/** What was asked for; what is kept of it while it does not come, or a proxy says that the server has none. */
async function inTime(asked, kept) {
  if (!kept) return (await asked) ?? Response.error();
  const answer = await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, PATIENCE, null))]);
  return answer !== null && ![502, 503, 504].includes(answer.status) ? answer : kept;
}

/** A nonce that is used twice protects nothing. The page and its policy name the same one. */
async function withNewNonce(shell) {
  const headers = new Headers(shell.headers);
  const policy = headers.get('Content-Security-Policy') ?? '';
  const old = /'nonce-([^']+)'/.exec(policy)?.[1];
  if (old === undefined) return shell;
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))));
  headers.set('Content-Security-Policy', policy.replaceAll(old, nonce));
  for (const ofThePacked of ['Content-Encoding', 'Content-Length']) headers.delete(ofThePacked);
  return new Response((await shell.text()).replaceAll(old, nonce), { headers });
}

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
