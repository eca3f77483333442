// The service worker (public/sw.js) as the server sends it, in a browser that is played here.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, mock, test } from 'node:test';
import vm from 'node:vm';

const OWN = { build: 'b', files: ['/theme.js', '/main-ABCDEFGH.js'], programs: ['api', 'readyz', 'sse', 'v1'] };
const TEXT = readFileSync(new URL('public/sw.js', import.meta.url), 'utf8').replace(
  "/* BUILD */ { build: '', files: [], programs: [] }",
  JSON.stringify(OWN),
);
const HANGS = () => new Promise(() => {});
const answers = (status, body) => () => Promise.resolve(new Response(body, { status }));

let listeners, shell, broken, server;

beforeEach(() => {
  [listeners, broken] = [{}, false];
  shell = new Map([
    ['/', 'kept page'],
    ['/theme.js', 'kept theme'],
    ['/main-ABCDEFGH.js', 'kept script'],
  ]);
  const match = async (asked) => {
    if (broken) throw new Error('UnknownError');
    const found = shell.get(typeof asked === 'string' ? asked : new URL(asked.url).pathname);
    return found === undefined ? undefined : new Response(found);
  };
  vm.runInNewContext(TEXT, {
    self: { addEventListener: (name, listener) => (listeners[name] = listener), location: { origin: 'https://r' } },
    caches: { open: async () => (broken ? Promise.reject(new Error('UnknownError')) : { match }), match },
    fetch: (request) => server(request),
    // As the tests mock it.
    setTimeout: (...what) => setTimeout(...what),
    ...{ URL, Response, Headers, Uint8Array, crypto, btoa },
  });
});

/** What the worker answers in the tab `tab`; null: it leaves the request to the browser. */
async function ask(path, { navigates = false, tab = 'tab' } = {}) {
  let answer = null;
  listeners.fetch({
    request: { url: `https://r${path}`, method: 'GET', mode: navigates ? 'navigate' : 'no-cors' },
    clientId: navigates ? '' : tab,
    resultingClientId: navigates ? tab : '',
    respondWith: (given) => (answer = given),
  });
  return answer && (await (await answer).text());
}
const open = (path, tab) => ask(path, { navigates: true, tab });

test('leaves to the server what is no page of the dashboard', async () => {
  server = answers(503, 'why');
  for (const path of ['/api/info', '/readyz', '/readyz/', '/API/info', '/v1.json', '/sse/x']) {
    assert.equal(await open(path), null, path);
  }
  assert.equal(await open('/apis'), 'kept page');
});

test('has pages and files of the server as long as that has them', async () => {
  server = answers(200, 'new');
  assert.deepEqual([await open('/now'), await ask('/theme.js')], ['new', 'new']);
  server = answers(404, 'none');
  assert.deepEqual([await open('/now'), await ask('/theme.js')], ['none', 'none']);
});

test('has what it keeps where nobody answers, or a proxy for a server that is away', async () => {
  for (const status of [502, 503, 504]) {
    server = answers(status, 'Bad gateway');
    assert.deepEqual([await open('/now', '1'), await ask('/theme.js', { tab: '2' })], ['kept page', 'kept theme']);
  }
  server = () => Promise.reject(new TypeError('Failed to fetch'));
  assert.deepEqual([await open('/now', '1'), await ask('/theme.js', { tab: '2' })], ['kept page', 'kept theme']);
  shell.clear();
  server = answers(502, 'Bad gateway');
  assert.deepEqual([await open('/now', '1'), await ask('/theme.js', { tab: '2' })], ['Bad gateway', 'Bad gateway']);
});

test('waits four seconds for a network that hangs, and then no more for the files of that page', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    server = HANGS;
    let opened = null;
    const opening = open('/now', '1').then((text) => (opened = text));
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(3999);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(opened, null);
    mock.timers.tick(1);
    await opening;
    assert.equal(opened, 'kept page');
    assert.equal(await ask('/theme.js', { tab: '1' }), 'kept theme');
    server = answers(200, 'new');
    assert.equal(await ask('/theme.js', { tab: '2' }), 'new');
  } finally {
    mock.timers.reset();
  }
});

test('has the files of the server where the browser’s storage is broken', async () => {
  broken = true;
  server = answers(200, 'new');
  assert.deepEqual([await ask('/main-ABCDEFGH.js'), await ask('/theme.js'), await open('/now')], ['new', 'new', 'new']);
});
