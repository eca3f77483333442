import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, TestRequest, provideHttpClientTesting } from '@angular/common/http/testing';
import { EnvironmentInjector, createEnvironmentInjector } from '@angular/core';
import { TestBed } from '@angular/core/testing';

import { message, runUpdate } from '../../testing/events';
import { FakeBrowser } from '../../testing/fake-browser';
import { session } from '../../testing/sessions';
import { BROWSER } from './browser';
import { Comparison } from './comparison';

describe('the comparison of two runs', () => {
  let http: HttpTestingController;
  let browser: FakeBrowser;
  let page: EnvironmentInjector;
  let comparison: Comparison;

  beforeEach(() => {
    vi.useFakeTimers();
    browser = new FakeBrowser();
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), { provide: BROWSER, useValue: browser }],
    });
    http = TestBed.inject(HttpTestingController);
    page = createEnvironmentInjector([Comparison], TestBed.inject(EnvironmentInjector));
    comparison = page.get(Comparison);
  });

  afterEach(() => {
    http.verify();
    vi.useRealTimers();
  });

  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
  const place = (runId: string): { runId: string; sessionId: null } => ({ runId, sessionId: null });

  async function answerRuns(requests: readonly TestRequest[]): Promise<void> {
    for (const one of requests) {
      const id = one.request.url.split('/').at(-1) ?? '';
      one.flush({ id, session_id: `of-${id}` });
    }
    await settle();
  }

  function runs(): TestRequest[] {
    return http.match(({ url }) => url.startsWith('/api/runs/'));
  }

  /** What is asked for of the sessions: themselves, what they cost, their logs. */
  async function answerSessions(requests: readonly TestRequest[], events: readonly object[] = []): Promise<void> {
    for (const one of requests) {
      const [id = '', part] = one.request.url.split('/').slice(3);
      if (part === undefined) one.flush(session(id));
      else if (part === 'activity') one.flush({ first: 1, head: events.length, events });
      else one.flush({ runs: [] });
    }
    await settle();
  }

  function sessions(): TestRequest[] {
    return http.match(({ url }) => url.startsWith('/api/sessions/'));
  }

  const streaming = (): string[] =>
    browser.sources.filter((one) => one.readyState !== one.CLOSED).map(({ url }) => /of-[a-z]/.exec(url)?.[0] ?? '');

  it('follows the sessions of both until the page is left', async () => {
    void comparison.open(place('a'), place('b'));
    await answerRuns(runs());
    await answerSessions(sessions());
    expect(comparison.sides()?.map((side) => [side.runId(), side.title(), side.ready()])).toEqual([
      ['a', 'Session of-a', true],
      ['b', 'Session of-b', true],
    ]);
    expect(streaming()).toEqual(['of-a', 'of-b']);
    page.destroy();
    expect(streaming()).toEqual([]);
  });

  it('asks for nothing more when the page is left before it is known whose the runs are', async () => {
    void comparison.open(place('a'), place('b'));
    const asked = runs();
    page.destroy();
    await answerRuns(asked);
    expect([sessions().length, streaming()]).toEqual([0, []]);
  });

  it('has the answers in plain words', async () => {
    void comparison.open(place('a'), place('b'));
    await answerRuns(runs());
    const said = {
      run_id: 'a',
      delta: '## Berths\n**Two** are left: `B3` and [B4](/berths).',
      final: true,
    };
    await answerSessions(sessions(), [runUpdate(1, 0, { run_id: 'a', status: 'running' }), message(2, 'm', said)]);
    expect(comparison.sides()?.[0].answer()).toBe('Berths\nTwo are left: B3 and B4.');
  });

  it('takes nothing of the runs that were asked for before', async () => {
    void comparison.open(place('a'), place('b'));
    const [first, second] = runs();
    await answerRuns(first ? [first] : []);
    const late = sessions();
    void comparison.open(place('c'), place('d'));
    await answerRuns(second ? [second] : []);
    await answerSessions(late);
    expect(sessions()).toEqual([]);
    await answerRuns(runs());
    await answerSessions(sessions());
    expect(comparison.sides()?.map((side) => side.runId())).toEqual(['c', 'd']);
    expect(streaming()).toEqual(['of-c', 'of-d']);
  });
});
