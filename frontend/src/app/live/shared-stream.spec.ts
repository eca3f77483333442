import { HttpErrorResponse } from '@angular/common/http';

import { FakeBrowser, FakeChannel, FakeTabs } from '../../testing/fake-browser';
import { FakeLog, Tab, handedOn, settle, upTo } from '../../testing/joined-tab';
import { GLANCE } from './tab-visibility';

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
    vi.restoreAllMocks();
  });

  async function join(browser = new FakeBrowser()): Promise<Tab> {
    const tab = new Tab(log, browser);
    tabs.push(tab);
    await tab.joined.start();
    await settle();
    return tab;
  }

  describe('when nobody looks', () => {
    const leave = async (browser: FakeBrowser): Promise<void> => {
      browser.show(false);
      await vi.advanceTimersByTimeAsync(GLANCE);
    };

    it('keeps its stream during a glance elsewhere', async () => {
      const tab = await join();
      tab.browser.source.open();
      tab.browser.show(false);
      await vi.advanceTimersByTimeAsync(GLANCE - 1);
      tab.browser.show(true);
      await vi.advanceTimersByTimeAsync(GLANCE);
      expect(tab.browser.sources).toHaveLength(1);
      expect(tab.browser.source.readyState).toBe(tab.browser.source.OPEN);
    });

    it.each([
      ['with', true],
      ['without', false],
    ])('gives its connection up, and misses nothing by it (%s Web Locks)', async (_, locks) => {
      const tab = await join(new FakeBrowser(locks ? new FakeTabs() : undefined));
      tab.browser.source.open();
      for (const event of log.grow(2)) tab.browser.source.send(event);
      await leave(tab.browser);
      expect(tab.browser.source.readyState).toBe(tab.browser.source.CLOSED);
      expect(tab.state).not.toBe('live');
      log.grow(3);
      await vi.advanceTimersByTimeAsync(600_000);
      expect(tab.browser.sources).toHaveLength(1);

      tab.browser.show(true);
      expect(tab.state).toBe('connecting');
      await settle();
      expect(tab.seen).toEqual(upTo(5));
      expect(tab.browser.source.cursor).toBe(5);
      tab.browser.source.open();
      expect(tab.state).toBe('live');
    });

    it('opens no stream in a tab that is opened behind others, until it is seen', async () => {
      log.grow(2);
      const browser = new FakeBrowser(new FakeTabs());
      browser.visible = false;
      const tab = await join(browser);
      expect(tab.seen).toEqual(upTo(2));
      expect(browser.sources).toHaveLength(0);
      browser.show(true);
      await settle();
      expect(browser.source.cursor).toBe(2);
    });

    it('stays without a stream when it is left again before it has caught up', async () => {
      const tab = await join(new FakeBrowser(new FakeTabs()));
      tab.browser.source.open();
      await leave(tab.browser);
      log.failure = new HttpErrorResponse({ status: 503 });
      tab.browser.show(true);
      await leave(tab.browser);
      log.failure = null;
      await vi.advanceTimersByTimeAsync(60_000);
      expect(tab.browser.sources).toHaveLength(1);
    });
  });

  describe('in several tabs', () => {
    let shared: FakeTabs;

    beforeEach(() => {
      shared = new FakeTabs();
    });

    it('opens one stream for all of them, and all see everything', async () => {
      log.grow(2);
      const first = await join(new FakeBrowser(shared));
      first.browser.source.open();
      const second = await join(new FakeBrowser(shared));
      for (const event of log.grow(3)) first.browser.source.send(event);
      expect(second.browser.sources).toHaveLength(0);
      await handedOn();
      expect(first.seen).toEqual(upTo(5));
      expect(second.seen).toEqual(upTo(5));
      expect(second.state).toBe('live');
    });

    it('hands what comes in a short time on in few messages, and the last of it soon', async () => {
      const first = await join(new FakeBrowser(shared));
      first.browser.source.open();
      const second = await join(new FakeBrowser(shared));
      const told = vi.spyOn(FakeChannel.prototype, 'postMessage');
      for (const event of log.grow(40)) {
        first.browser.source.send(event);
        await vi.advanceTimersByTimeAsync(5);
      }
      await handedOn();
      expect(second.seen).toEqual(upTo(40));
      expect(told.mock.calls.length).toBeLessThanOrEqual(5);
    });

    it("tells a tab that comes later of the server's clock at once", async () => {
      const first = await join(new FakeBrowser(shared));
      first.browser.source.open();
      first.browser.source.send({ type: 'heartbeat', head: 0, time: new Date(Date.now() + 90_000).toISOString() });
      const second = await join(new FakeBrowser(shared));
      expect(second.times).toEqual([Date.now() + 90_000]);
    });

    it('fetches what a follower missed between its history and its first live event', async () => {
      const first = await join(new FakeBrowser(shared));
      first.browser.source.open();
      const second = await join(new FakeBrowser(shared));
      log.grow(3);
      log.events.slice(2).forEach((event) => first.browser.source.send(event));
      await settle();
      expect(second.seen).toEqual(upTo(3));
    });

    it('goes on from its own cursor when the leading tab is closed', async () => {
      const first = await join(new FakeBrowser(shared));
      first.browser.source.open();
      const second = await join(new FakeBrowser(shared));
      for (const event of log.grow(4)) first.browser.source.send(event);
      first.joined.leave();
      await settle();
      expect(second.browser.source.cursor).toBe(4);
      second.browser.source.open();
      for (const event of log.grow(2)) second.browser.source.send(event);
      expect(second.seen).toEqual(upTo(6));
      expect(second.state).toBe('live');
    });

    it('takes the lead from a tab that has fallen silent, which then follows', async () => {
      const first = await join(new FakeBrowser(shared));
      first.browser.source.open();
      const second = await join(new FakeBrowser(shared));
      first.browser.silent = true;
      await vi.advanceTimersByTimeAsync(30_000);
      first.browser.silent = false;
      second.browser.source.open();
      await settle();
      for (const event of log.grow(2)) second.browser.source.send(event);
      await handedOn();
      expect(second.seen).toEqual([1, 2]);
      expect(first.seen).toEqual([1, 2]);
      expect(first.browser.source.readyState).toBe(first.browser.source.CLOSED);
    });

    it('gives the lead to a tab that is seen, and hears what that one hears', async () => {
      const [first, second] = [await join(new FakeBrowser(shared)), await join(new FakeBrowser(shared))];
      first.browser.source.open();
      first.browser.show(false);
      await vi.advanceTimersByTimeAsync(GLANCE);
      expect(second.state).toBe('connecting');
      second.browser.source.open();
      expect([first.state, second.state]).toEqual(['live', 'live']);
      for (const event of log.grow(2)) second.browser.source.send(event);
      await handedOn();
      expect([first.seen, second.seen]).toEqual([upTo(2), upTo(2)]);
      expect(first.browser.source.readyState).toBe(first.browser.source.CLOSED);
    });

    it('leaves the lead to nobody when nobody looks, and to the first that is seen again', async () => {
      const [first, second] = [await join(new FakeBrowser(shared)), await join(new FakeBrowser(shared))];
      first.browser.source.open();
      first.browser.visible = false;
      second.browser.show(false);
      await vi.advanceTimersByTimeAsync(GLANCE);
      const held = (): number =>
        [first, second]
          .flatMap(({ browser }) => browser.sources)
          .filter((source) => source.readyState !== source.CLOSED).length;
      expect(held()).toBe(0);
      log.grow(3);
      second.browser.show(true);
      await settle();
      second.browser.source.open();
      expect([second.seen, second.state]).toEqual([upTo(3), 'live']);
      for (const event of log.grow(1)) second.browser.source.send(event);
      await handedOn();
      expect(first.seen).toEqual(upTo(4));
      expect(held()).toBe(1);
    });

    it('asks for pages in one of them, where the network holds the stream back, and all see everything', async () => {
      const first = await join(new FakeBrowser(shared));
      const second = await join(new FakeBrowser(shared));
      first.browser.source.answer();
      await vi.advanceTimersByTimeAsync(4000);
      log.grow(3);
      await vi.advanceTimersByTimeAsync(2000);
      expect([first.seen, second.seen]).toEqual([upTo(3), upTo(3)]);
      expect([first.state, second.state]).toEqual(['polling', 'polling']);
      expect(second.browser.sources).toHaveLength(0);
      first.browser.source.open();
      expect([first.state, second.state]).toEqual(['live', 'live']);
    });

    it('ends for all tabs when the session is gone', async () => {
      const first = await join(new FakeBrowser(shared));
      first.browser.source.open();
      const second = await join(new FakeBrowser(shared));
      log.failure = new HttpErrorResponse({ status: 404 });
      first.browser.source.fail(true);
      await settle();
      expect([first.state, second.state]).toEqual(['ended', 'ended']);
    });
  });
});
