import { TestBed } from '@angular/core/testing';

import { me, refusal } from '../../../testing/accounts';
import { words } from '../../../testing/dom';
import { nowRow } from '../../../testing/now';
import { PageHarness } from '../../../testing/page-harness';
import { Account } from '../../services/account.service';
import { ServerReach } from '../../services/server-reach.service';
import { NowComponent } from './now.component';

describe('the page of now', () => {
  let page: PageHarness;

  beforeEach(async () => {
    vi.stubGlobal(
      'ResizeObserver',
      class {
        constructor(private told: () => void) {}
        observe(element: HTMLElement): void {
          Object.defineProperty(element, 'clientHeight', { value: 600 });
          Object.defineProperty(element, 'clientWidth', { value: 1000 });
          this.told();
        }
        disconnect(): void {
          this.told = () => undefined;
        }
      },
    );
    page = new PageHarness();
    const known = TestBed.inject(Account).known();
    page.http.expectOne('/api/auth/me').flush(me());
    await known;
    await page.open(NowComponent);
  });

  afterEach(() => {
    TestBed.resetTestingModule();
    vi.unstubAllGlobals();
  });

  async function send(...events: object[]): Promise<void> {
    events.forEach((event, at) => page.browser.source.send(event, `b-${at + 1}`));
    await new Promise((resolve) => setTimeout(resolve, 520));
    await page.settle();
  }

  const shown = (): string[] =>
    [...page.element.querySelectorAll('app-now-row .title')].map((title) => words(title as HTMLElement));

  it('loads, says when nothing runs, and then what does', async () => {
    expect(words(page.element)).toContain('Loading…');
    page.browser.source.open();
    await send({ type: 'reset' }, { type: 'nowReady' });
    expect(words(page.element)).toContain('Nothing runs');
    await send(nowRow('a'));
    expect(shown()).toEqual(['Session a']);
    expect(words(page.element)).toContain('Live');
  });

  it('says that it needs the server where that was never heard, also on the wall, and shows what runs when it is', async () => {
    const missing = 'What runs now comes from the server, and is shown when that answers again.';
    page.browser.online = false;
    page.browser.source.fail(false);
    await page.settle();
    expect(words(page.element.querySelector('.blank'))).toBe(missing);
    expect(words(page.element)).not.toContain('Loading…');
    expect(words(page.element.querySelector('.counts'))).not.toContain('0');
    await page.give({ wall: '' });
    expect(words(page.element.querySelector('.tiles'))).toBe(missing);
    page.browser.source.open();
    await send(nowRow('a'), { type: 'nowReady' });
    expect(words(page.element.querySelector('.tiles'))).toContain('Session a');
    await page.give({ wall: undefined });
    expect(shown()).toEqual(['Session a']);
    expect(words(page.element)).not.toContain(missing);
  });

  it('says so, too, where the server is away and the network is not', async () => {
    TestBed.inject(ServerReach).missed();
    await page.settle();
    expect(words(page.element.querySelector('.blank'))).toContain('is shown when that answers again.');
  });

  it('draws only what is in view', async () => {
    page.browser.source.open();
    await send(...Array.from({ length: 500 }, (_, at) => nowRow(`s${at}`)), { type: 'nowReady' });
    expect(shown().length).toBeGreaterThan(15);
    expect(shown().length).toBeLessThan(40);
    expect(page.element.querySelector('[role=table]')?.getAttribute('aria-rowcount')).toBe('501');
  });

  it('comes back where it was, and holds no stream while nobody looks', async () => {
    page.browser.source.open();
    await send(nowRow('a'), { type: 'nowReady' });
    vi.useFakeTimers();
    page.browser.show(false);
    await vi.advanceTimersByTimeAsync(3100);
    vi.useRealTimers();
    expect(page.browser.source.readyState).toBe(2);
    page.browser.show(true);
    expect(page.browser.sources).toHaveLength(2);
    expect(page.browser.source.url).toBe('/sse/now?last_event_id=b-2');
    await page.settle();
    expect(shown()).toEqual(['Session a']);
  });

  it('asks before it stops a run', async () => {
    page.browser.source.open();
    await send(nowRow('a', { owner_id: me().user.id }), { type: 'nowReady' });
    await page.press('Stop Session a');
    page.http.expectNone({ method: 'POST' });
    await page.confirm();
    await page.answer('POST', '/api/runs/run-1/cancel', { status: 'running' });
  });

  it('asks the question of a run that failed again, once', async () => {
    page.browser.source.open();
    const own = { owner_id: me().user.id };
    await send(nowRow('a', { ...own, status: 'failed' }), nowRow('b', { status: 'failed' }), { type: 'nowReady' });
    expect(page.element.querySelectorAll('[aria-label^="Try "]')).toHaveLength(1);
    await page.press('Try Session a again');
    await page.answer('POST', '/api/runs/run-1/again', {});
    expect(page.element.querySelector('[aria-label^="Try "]')).toBeNull();
  });

  it('does to many runs what can be done, and says what could not and why', async () => {
    page.browser.source.open();
    const own = { owner_id: me().user.id };
    await send(nowRow('a', own), nowRow('b', own), nowRow('c', { ...own, status: 'completed' }), nowRow('d'), {
      type: 'nowReady',
    });
    const boxes = [...page.element.querySelectorAll<HTMLInputElement>('app-now-row input')];
    boxes[0]?.click();
    boxes[3]?.dispatchEvent(new MouseEvent('click', { shiftKey: true, bubbles: true }));
    await page.settle();
    expect(words(page.element)).toContain('4 chosen');
    await page.press('Pause');
    await page.answer('POST', '/api/runs/run-1/pause', {});
    expect(words(page.element)).toContain('Pausing 2 of 4…');
    const [message, code] = ['It is about to end.', 'run_over'];
    const second = page.http.expectOne('/api/runs/run-1/pause?session_id=b');
    second.flush({ error: { code, message } }, { status: 409, statusText: 'Conflict' });
    await page.settle();
    const told = words(page.element.querySelector('app-now-bulk'));
    expect(told).toContain('Paused 1 of 4.');
    expect(told).toContain('Session b It is about to end.');
    expect(told).toContain('Session c It has ended.');
    expect(told).toContain('Session d Only its owner, or an administrator, can do this.');
  });

  /** What was asked of the server: it is not there, or refuses. */
  function lose(error: 'away' | 'refused'): (string | null)[] {
    return page.http
      .match(({ method }) => method === 'POST')
      .map((asked) => {
        if (error === 'away') asked.error(new ProgressEvent('error'));
        else asked.flush(...refusal(409, 'run_over', 'It was asked again already.'));
        return asked.request.headers.get('Idempotency-Key');
      });
  }

  it('asks the same again while nobody knows whether it has arrived', async () => {
    page.browser.source.open();
    await send(nowRow('a', { owner_id: me().user.id, status: 'failed' }), { type: 'nowReady' });
    const keys: (string | null)[] = [];
    for (const error of ['away', 'away', 'refused', 'away'] as const) {
      await page.press('Try Session a again');
      keys.push(...lose(error));
      await page.settle();
    }
    expect(keys[0]).toBeTruthy();
    expect(keys.map((key) => key === keys[0])).toEqual([true, true, true, false]);
  });

  async function chooseAll(...rows: readonly object[]): Promise<void> {
    page.browser.source.open();
    await send(...rows, { type: 'nowReady' });
    page.element.querySelectorAll<HTMLInputElement>('app-now-row input').forEach((box) => box.click());
    await page.settle();
  }

  it('leaves the rest alone where the server is away, and asks again with the same key', async () => {
    const own = { owner_id: me().user.id, status: 'failed' } as const;
    await chooseAll(...['a', 'b', 'c'].map((id) => nowRow(id, own)));
    await page.press('Try again');
    page.http.expectOne('/api/runs/run-1/again?session_id=a').flush({});
    await page.settle();
    const [lost] = lose('away');
    await page.settle();
    const told = words(page.element.querySelector('app-now-bulk'));
    expect(told).toContain('Tried again 1 of 3. 1 was not tried.');
    expect(told).toContain('Session b The server cannot be reached.');
    await page.press('Close');
    page.element.querySelectorAll<HTMLInputElement>('app-now-row input').forEach((box) => box.click());
    await page.settle();
    await page.press('Try again');
    expect(lose('refused')).toEqual([lost]);
    await page.settle();
    await page.answer('POST', '/api/runs/run-1/again', {});
    expect(words(page.element.querySelector('app-now-bulk'))).toContain(
      'Session a Its question was asked again already.',
    );
  });

  it('goes on with nothing when the page is left', async () => {
    const own = { owner_id: me().user.id };
    await chooseAll(nowRow('a', own), nowRow('b', own));
    await page.press('Pause');
    const first = page.http.expectOne('/api/runs/run-1/pause?session_id=a');
    page.close();
    first.flush({});
    await page.settle();
    page.http.expectNone('/api/runs/run-1/pause?session_id=b');
  });

  it('chooses with x the row that has the focus, and nothing with Escape', async () => {
    page.browser.source.open();
    await send(nowRow('a'), { type: 'nowReady' });
    const link = page.element.querySelector<HTMLElement>('app-now-row a');
    const press = (key: string): boolean | undefined =>
      link?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    press('x');
    await page.settle();
    expect(words(page.element)).toContain('1 chosen');
    press('Escape');
    await page.settle();
    expect(page.element.querySelector('app-now-bulk')).toBeNull();
  });

  it('keeps the screen awake while it is a wall', async () => {
    page.browser.source.open();
    await send(nowRow('a'), nowRow('b', { status: 'failed' }), { type: 'nowReady' });
    await page.give({ wall: '' });
    expect(page.browser.awake).toBe(1);
    await page.settle();
    const tiles = [...page.element.querySelectorAll('li h2')].map((title) => words(title as HTMLElement));
    expect(tiles).toEqual(['Session b', 'Session a']);
    await page.give({ wall: undefined });
    expect(page.browser.awake).toBe(0);
  });
});
