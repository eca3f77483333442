import { HttpErrorResponse } from '@angular/common/http';

import { FakeBrowser } from '../../testing/fake-browser';
import { FakeLog, Tab, settle, upTo } from '../../testing/joined-tab';

describe('JoinedSession', () => {
  let log: FakeLog;
  const tabs: Tab[] = [];

  beforeEach(() => {
    vi.useFakeTimers();
    log = new FakeLog();
  });

  afterEach(() => {
    for (const tab of tabs.splice(0)) tab.joined.leave();
    vi.useRealTimers();
  });

  async function join(browser = new FakeBrowser(), known = 0): Promise<Tab> {
    const tab = new Tab(log, browser, known);
    tabs.push(tab);
    await tab.joined.start();
    await settle();
    return tab;
  }

  it('hands on the past in pages and goes live from its end', async () => {
    log.grow(12_000);
    const tab = await join();
    expect(tab.seen).toEqual(upTo(12_000));
    expect(log.asked).toEqual([0, 5000, 10_000]);
    expect(tab.browser.source.cursor).toBe(12_000);
    tab.browser.source.open();
    expect(tab.state).toBe('live');
  });

  it('begins with the newest of the past where that is asked for, and goes on from there', async () => {
    log.grow(12_000);
    log.start = 6_500;
    const tab = await join();
    expect(tab.begun).toEqual([{ first: 6500, kept: 1, runsBefore: 3 }, 12_000]);
    expect(tab.seen).toEqual(upTo(12_000, 6500));
    expect(log.asked).toEqual([6499, 11_499]);
    expect(tab.browser.source.cursor).toBe(12_000);
  });

  it('goes on behind what is known already, and begins nothing anew', async () => {
    log.grow(12_000);
    log.start = 6_500;
    const tab = await join(new FakeBrowser(), 11_000);
    expect(tab.begun).toBeNull();
    expect(tab.seen).toEqual(upTo(12_000, 11_001));
    expect(log.asked).toEqual([11_000]);
  });

  it('hands on every event once, whatever the stream repeats', async () => {
    log.grow(3);
    const tab = await join();
    tab.browser.source.open();
    for (const event of [...log.events, ...log.grow(2)]) tab.browser.source.send(event);
    expect(tab.seen).toEqual(upTo(5));
  });

  it('fetches what is missing when the stream leaves a gap', async () => {
    const tab = await join();
    tab.browser.source.open();
    log.grow(4);
    const last = log.events.at(-1);
    if (last) tab.browser.source.send(last);
    expect(tab.connections.at(-1)).toEqual({ state: 'behind', missing: 4 });
    await settle();
    expect(tab.seen).toEqual(upTo(4));
    expect(tab.state).toBe('live');
  });

  it('misses nothing of what arrives while it fetches', async () => {
    const tab = await join();
    tab.browser.source.open();
    for (const event of log.grow(6).slice(2, 5)) tab.browser.source.send(event);
    for (const event of log.grow(2)) tab.browser.source.send(event);
    await settle();
    for (const event of log.grow(1)) tab.browser.source.send(event);
    await settle();
    expect(tab.seen).toEqual(upTo(9));
  });

  it('is not misled by a page that is older than what the stream has brought meanwhile', async () => {
    log.grow(2);
    const tab = await join();
    tab.browser.source.open();
    let arrive = (): void => undefined;
    log.way = new Promise((resolve) => (arrive = resolve));
    tab.browser.source.send({ type: 'heartbeat', head: 3, time: '2026-03-14T09:00:00Z' });
    for (const event of log.grow(4)) tab.browser.source.send(event);
    arrive();
    await settle();
    expect(tab.resets).toEqual([]);
    expect(tab.seen).toEqual(upTo(6));
    expect(tab.state).toBe('live');
  });

  it('is behind when a heartbeat knows of more than has arrived, and catches up', async () => {
    const tab = await join();
    tab.browser.source.open();
    log.grow(3);
    tab.browser.source.send({ type: 'heartbeat', head: 3, time: '2026-03-14T09:00:00Z' });
    expect(tab.connections.at(-1)).toEqual({ state: 'behind', missing: 3 });
    expect(tab.times).toEqual([Date.UTC(2026, 2, 14, 9)]);
    await settle();
    expect(tab.seen).toEqual(upTo(3));
    expect(tab.state).toBe('live');
  });

  it('drops what it has at a reset and goes on from the first event that is kept', async () => {
    log.grow(5);
    const tab = await join();
    tab.browser.source.open();
    log.grow(5);
    log.first = 8;
    tab.browser.source.send({ type: 'reset', first: 8, head: 10 });
    for (const event of log.events.slice(7)) tab.browser.source.send(event);
    await settle();
    expect(tab.resets).toEqual([8]);
    expect(tab.seen).toEqual([8, 9, 10]);
  });

  it('begins at the first event that is kept', async () => {
    log.grow(10);
    log.first = 4;
    const tab = await join();
    expect(tab.resets).toEqual([4]);
    expect(tab.seen).toEqual(upTo(10, 4));
  });

  it('ends, and says why, when the session is gone', async () => {
    const tab = await join();
    tab.browser.source.open();
    log.failure = new HttpErrorResponse({ status: 404 });
    tab.browser.source.fail(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tab.connections.at(-1)).toMatchObject({
      state: 'ended',
      reason: expect.stringContaining('deleted') as string,
    });
    expect(tab.browser.sources).toHaveLength(1);
  });

  it('says what the server said when it may not watch', async () => {
    const error = { error: { code: 'forbidden', message: 'Ask the owner for access.' } };
    log.failure = new HttpErrorResponse({ status: 403, error });
    const tab = await join();
    expect(tab.connections.at(-1)).toEqual({ state: 'failed', reason: 'Ask the owner for access.' });
  });

  it('tries again until a lost server is back', async () => {
    log.grow(2);
    log.failure = new HttpErrorResponse({ status: 503 });
    const tab = new Tab(log, new FakeBrowser());
    tabs.push(tab);
    const started = tab.joined.start();
    await vi.advanceTimersByTimeAsync(2000);
    expect(tab.state).toBe('reconnecting');
    log.failure = null;
    await vi.advanceTimersByTimeAsync(10_000);
    await started;
    expect(tab.seen).toEqual(upTo(2));
  });

  describe('where the network holds the stream back', () => {
    const LATE = 4000;
    const POLL = 2000;

    it.each([
      ['answers and sends nothing', (tab: Tab) => tab.browser.source.answer()],
      ['refuses it', (tab: Tab) => tab.browser.source.fail(true)],
      ['breaks it off', (tab: Tab) => tab.browser.source.fail(false)],
    ])('asks for pages within seconds (a proxy that %s)', async (_, hinder) => {
      const tab = await join();
      hinder(tab);
      log.grow(2);
      await vi.advanceTimersByTimeAsync(LATE);
      // A stream that fails at once is tried once more: its server may have been away.
      await vi.advanceTimersByTimeAsync(LATE);
      expect([tab.state, tab.seen]).toEqual(['polling', upTo(2)]);
      log.grow(3);
      await vi.advanceTimersByTimeAsync(POLL);
      expect([tab.state, tab.seen]).toEqual(['polling', upTo(5)]);
    });

    it('goes back to the stream as soon as that brings something, and asks no more', async () => {
      const tab = await join();
      tab.browser.source.answer();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(tab.state).toBe('polling');
      expect(tab.browser.sources.length).toBeGreaterThan(2);
      tab.browser.source.open();
      expect(tab.state).toBe('live');
      const asked = log.asked.length;
      await vi.advanceTimersByTimeAsync(10_000);
      expect(log.asked).toHaveLength(asked);
      for (const event of log.grow(2)) tab.browser.source.send(event);
      expect(tab.seen).toEqual(upTo(2));
    });

    it('does not take a server that is away for a network that hinders', async () => {
      const tab = await join();
      tab.browser.source.open();
      tab.browser.source.fail(false);
      log.failure = new HttpErrorResponse({ status: 0 });
      await vi.advanceTimersByTimeAsync(20_000);
      expect(tab.state).toBe('reconnecting');
      log.failure = null;
      const tried = tab.browser.sources.length;
      while (tab.browser.sources.length === tried) await vi.advanceTimersByTimeAsync(100);
      tab.browser.source.open();
      expect(tab.connections.map(({ state }) => state)).not.toContain('polling');
      expect(tab.state).toBe('live');
    });

    it('says that it reconnects when the server goes away, too, and asks for pages again when it is back', async () => {
      const tab = await join();
      tab.browser.source.answer();
      await vi.advanceTimersByTimeAsync(LATE);
      expect(tab.state).toBe('polling');
      log.failure = new HttpErrorResponse({ status: 0 });
      await vi.advanceTimersByTimeAsync(POLL);
      expect(tab.state).toBe('reconnecting');
      log.failure = null;
      log.grow(1);
      await vi.advanceTimersByTimeAsync(3 * LATE);
      expect([tab.state, tab.seen]).toEqual(['polling', [1]]);
    });
  });
});
