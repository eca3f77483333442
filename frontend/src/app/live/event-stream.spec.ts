import { FakeBrowser } from '../../testing/fake-browser';
import { EVENT_TYPES, WireEvent } from '../state/events';
import { EventStream, StreamHealth } from './event-stream';

describe('EventStream', () => {
  let browser: FakeBrowser;
  let stream: EventStream<WireEvent>;
  let health: StreamHealth[];
  let received: WireEvent[];
  let cursor: number;
  let mayRetry: boolean;
  let late: number;

  beforeEach(() => {
    vi.useFakeTimers();
    browser = new FakeBrowser();
    health = [];
    received = [];
    cursor = 7;
    mayRetry = true;
    late = 0;
  });

  afterEach(() => {
    stream.close();
    vi.useRealTimers();
  });

  function start(asked = () => Promise.resolve(mayRetry)): void {
    stream = new EventStream<WireEvent>({
      browser,
      types: EVENT_TYPES,
      url: () => `/sse/agent-activity/s?last_event_id=${cursor}`,
      heartbeatSeconds: () => 10,
      received: (event) => received.push(event),
      health: (state) => health.push(state),
      late: () => late++,
      mayRetry: asked,
    });
  }

  it('connects from the cursor and is live once something is heard', () => {
    start();
    expect(browser.source.cursor).toBe(7);
    browser.source.answer();
    expect(health).toEqual(['connecting']);
    browser.source.open();
    expect(health).toEqual(['connecting', 'live']);
  });

  it('tells that nothing comes after a few seconds, whether or not somebody has answered', async () => {
    start();
    browser.source.answer();
    await vi.advanceTimersByTimeAsync(3999);
    expect(late).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(late).toBe(1);
    browser.source.open();
    await vi.advanceTimersByTimeAsync(9000);
    expect(late).toBe(1);
  });

  it('counts attempts that fail one after the other as one wait', async () => {
    start();
    for (let attempt = 0; attempt < 4; attempt++) {
      browser.source.fail(true);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(late).toBe(1);
  });

  it('connects anew where an answer is all that comes', () => {
    start();
    browser.source.answer();
    vi.advanceTimersByTime(15_000);
    expect(browser.sources).toHaveLength(2);
  });

  it('tells an event named error from a lost connection', () => {
    start();
    browser.source.open();
    browser.source.send({ type: 'error', message: 'The file is encrypted.' });
    expect(received.slice(1)).toMatchObject([{ type: 'error', message: 'The file is encrypted.' }]);
    expect(health.at(-1)).toBe('live');
    browser.source.fail(false);
    expect(health.at(-1)).toBe('reconnecting');
    expect(received).toHaveLength(2);
  });

  it('leaves the browser to it while that reconnects by itself', () => {
    start();
    browser.source.open();
    browser.source.fail(false);
    vi.advanceTimersByTime(10_000);
    expect(browser.sources).toHaveLength(1);
    browser.source.open();
    expect(health.at(-1)).toBe('live');
  });

  it('connects anew from the new cursor, later each time, when the browser has given up', async () => {
    start();
    browser.source.open();
    cursor = 9;
    browser.source.fail(true);
    await vi.advanceTimersByTimeAsync(374);
    expect(browser.sources).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(browser.sources).toHaveLength(2);
    expect(browser.source.cursor).toBe(9);
    browser.source.fail(true);
    await vi.advanceTimersByTimeAsync(749);
    expect(browser.sources).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(browser.sources).toHaveLength(3);
  });

  it('gives up when there is nothing to come back to', async () => {
    start();
    mayRetry = false;
    browser.source.fail(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(browser.sources).toHaveLength(1);
  });

  it('leaves a stream alone that was opened while it asked whether to come back', async () => {
    for (const again of [true, false]) {
      const answers: ((again: boolean) => void)[] = [];
      start(() => new Promise((resolve) => answers.push(resolve)));
      browser.source.open();
      browser.source.fail(true);
      stream.reopen();
      browser.source.open();
      const sources = browser.sources.length;
      answers[0]?.(again);
      await vi.advanceTimersByTimeAsync(5_000);
      expect([answers.length, browser.sources.length]).toEqual([1, sources]);
      expect(browser.source.readyState).toBe(browser.source.OPEN);
      stream.close();
    }
  });

  it('connects anew when not even a heartbeat was heard for two and a half', () => {
    start();
    browser.source.open();
    vi.advanceTimersByTime(24_000);
    browser.source.send({ type: 'heartbeat' });
    vi.advanceTimersByTime(24_999);
    expect(browser.sources).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(browser.sources).toHaveLength(2);
    expect(health.at(-1)).toBe('reconnecting');
  });

  it('is offline without a network, and connects as soon as there is one', () => {
    start();
    browser.source.open();
    browser.online = false;
    dispatchEvent(new Event('offline'));
    browser.source.fail(false);
    expect(health.at(-1)).toBe('offline');
    browser.online = true;
    dispatchEvent(new Event('online'));
    expect(browser.sources).toHaveLength(3);
    browser.source.open();
    expect(health.at(-1)).toBe('live');
  });

  it('is live with a server on this machine, whatever the browser thinks of the network', () => {
    browser.online = false;
    start();
    browser.source.open();
    expect(health.at(-1)).toBe('live');
  });

  it('does nothing more once it is closed', () => {
    start();
    browser.source.open();
    stream.close();
    dispatchEvent(new Event('online'));
    vi.advanceTimersByTime(600_000);
    expect(browser.sources).toHaveLength(1);
    expect(browser.source.readyState).toBe(browser.source.CLOSED);
  });
});
