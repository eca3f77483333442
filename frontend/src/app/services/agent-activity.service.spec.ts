import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, TestRequest, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { firstValueFrom } from 'rxjs';

import { refusal } from '../../testing/accounts';
import { exampleLog, runUpdate } from '../../testing/events';
import { FakeBrowser } from '../../testing/fake-browser';
import { session } from '../../testing/sessions';
import { AgentActivityService } from './agent-activity.service';
import { BROWSER } from './browser';
import { SessionsService } from './sessions.service';

const SESSION = session('harbour', { title: 'Harbour', head: 2 });
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('AgentActivityService', () => {
  let http: HttpTestingController;
  let browser: FakeBrowser;
  let store: AgentActivityService;

  beforeEach(() => {
    browser = new FakeBrowser();
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), { provide: BROWSER, useValue: browser }],
    });
    http = TestBed.inject(HttpTestingController);
    store = TestBed.inject(AgentActivityService);
  });

  afterEach(() => {
    vi.restoreAllMocks();
    store.leaveSession();
  });

  /** Joins with the first `count` events as the past. */
  async function join(count: number): Promise<void> {
    const joined = store.joinSession('harbour');
    http.expectOne('/api/sessions/harbour').flush(SESSION);
    await turn();
    http.expectOne('/api/sessions/harbour/documents').flush({ documents: [] });
    http
      .expectOne((request) => request.url === '/api/sessions/harbour/activity')
      .flush({ events: exampleLog.slice(0, count), first: 1, head: count });
    await joined;
  }

  it('has the whole past when joining resolves', async () => {
    await join(6);
    expect(store.opening().state).toBe('ready');
    expect(store.state().cursor).toBe(6);
    expect(store.runs().map(({ phase }) => phase)).toEqual(['Reading']);
    const activities = await firstValueFrom(store.getActivities());
    expect(activities.map(({ action }) => action)).toEqual(['Answer the question', 'Plan the work']);
  });

  it('has the name that the list gives it, and the list the name it gets', async () => {
    const list = TestBed.inject(SessionsService);
    const loaded = list.reload();
    const answer = (title: string): void =>
      http
        .expectOne(({ url }) => url === '/api/sessions')
        .flush({ sessions: [{ ...SESSION, title }], next_cursor: null });
    answer('Harbour');
    await loaded;
    await join(2);
    const named = list.rename('harbour', 'Quay');
    http.expectOne({ method: 'PATCH', url: '/api/sessions/harbour' }).flush({ ...SESSION, title: 'Quay' });
    await named;
    expect(store.session()?.title).toBe('Quay');
    answer('Quay');
    const renamed = store.rename('Pier');
    http.expectOne({ method: 'PATCH', url: '/api/sessions/harbour' }).flush({ ...SESSION, title: 'Pier' });
    await renamed;
    expect([store.session()?.title, list.sessions()[0]?.title]).toEqual(['Pier', 'Pier']);
    answer('Pier');

    const searched = list.search('nothing of that name');
    http.expectOne(({ url }) => url === '/api/sessions').flush({ sessions: [], next_cursor: null });
    await searched;
    expect(store.session()?.title).toBe('Pier');
    store.leaveSession();
    expect(store.session()).toBeNull();
  });

  it('folds what arrives between two frames in at once', async () => {
    await join(6);
    browser.source.open();
    let told = 0;
    const telling = store.getActivities().subscribe(() => told++);
    for (const event of exampleLog.slice(6, 14)) browser.source.send(event);
    expect([store.state().cursor, told]).toEqual([6, 1]);
    await vi.waitFor(() => expect([store.state().cursor, told]).toEqual([14, 2]));
    telling.unsubscribe();
  });

  it('does not call the connection another one when an event arrives', async () => {
    await join(6);
    browser.source.open();
    const live = store.connection();
    expect(live.state).toBe('live');
    for (const event of exampleLog.slice(6, 9)) browser.source.send(event);
    expect(store.connection()).toBe(live);
  });

  it('shows a past that comes in pages when it is there, not page by page', async () => {
    const asked = (): TestRequest => http.expectOne(({ url }) => url === '/api/sessions/harbour/activity');
    const joined = store.joinSession('harbour');
    http.expectOne('/api/sessions/harbour').flush(SESSION);
    await turn();
    http.expectOne('/api/sessions/harbour/documents').flush({ documents: [] });
    asked().flush({ events: exampleLog.slice(0, 3), first: 1, head: 6 });
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect([store.opening().state, store.state().cursor]).toEqual(['loading', 0]);
    asked().flush({ events: exampleLog.slice(3, 6), first: 1, head: 6 });
    await joined;
    expect([store.opening().state, store.state().cursor]).toEqual(['ready', 6]);
  });

  it('says that a session does not exist', async () => {
    const joined = store.joinSession('nowhere');
    const error = { error: { code: 'not_found', message: 'There is no such session.' } };
    http.expectOne('/api/sessions/nowhere').flush(error, { status: 404, statusText: 'Not Found' });
    await joined;
    expect(store.opening()).toEqual({ state: 'missing' });
    expect(browser.sources).toHaveLength(0);
  });

  it('says why a session could not be opened', async () => {
    const joined = store.joinSession('harbour');
    const error = { error: { code: 'unknown_host', message: 'This server does not answer to that host name.' } };
    http.expectOne('/api/sessions/harbour').flush(error, { status: 400, statusText: 'Bad Request' });
    await joined;
    expect(store.opening()).toEqual({ state: 'failed', reason: error.error.message, again: false });
  });

  it('asks for a session again until its server is back', async () => {
    vi.useFakeTimers();
    void store.joinSession('harbour');
    const error = { error: { code: 'database_lost', message: 'The database does not answer at present.' } };
    for (const status of [503, 0, 503]) {
      const request = http.expectOne('/api/sessions/harbour');
      if (status) request.flush(error, { status, statusText: 'Unavailable' });
      else request.error(new ProgressEvent('error'));
      await vi.advanceTimersByTimeAsync(0);
      expect(store.opening()).toMatchObject({ state: 'failed', again: true });
      await vi.advanceTimersByTimeAsync(15_000);
    }
    http.expectOne('/api/sessions/harbour').flush(SESSION);
    await vi.advanceTimersByTimeAsync(0);
    expect(store.session()?.title).toBe('Harbour');
    expect(store.opening().state).toBe('loading');
    store.leaveSession();
    http.match(() => true);
    vi.useRealTimers();
  });

  it('no longer asks for a session that was left, and once for one that is asked for by hand', async () => {
    vi.useFakeTimers();
    const refuse = (): void =>
      http.expectOne('/api/sessions/harbour').flush(null, { status: 502, statusText: 'Bad Gateway' });
    void store.joinSession('harbour');
    refuse();
    await vi.advanceTimersByTimeAsync(0);
    void store.joinSession('harbour');
    refuse();
    await vi.advanceTimersByTimeAsync(1000);
    refuse();
    store.leaveSession();
    await vi.advanceTimersByTimeAsync(60_000);
    http.expectNone('/api/sessions/harbour');
    vi.useRealTimers();
  });

  describe('a question while the server is away', () => {
    beforeEach(async () => {
      await join(2);
      vi.useFakeTimers();
    });

    afterEach(() => vi.useRealTimers());

    const asked = (): TestRequest => http.expectOne('/api/sessions/harbour/messages');
    const key = ({ request }: TestRequest): string | null => request.headers.get('Idempotency-Key');

    it('is sent again until it is taken, as the same one', async () => {
      const sent = store.send('Who?');
      const first = asked();
      first.error(new ProgressEvent('error'));
      await vi.advanceTimersByTimeAsync(2000);
      expect(store.unsent()).toContain('cannot be reached');
      const second = asked();
      second.flush(null, { status: 502, statusText: 'Bad Gateway' });
      await vi.advanceTimersByTimeAsync(2000);
      const third = asked();
      third.flush({});
      await vi.advanceTimersByTimeAsync(0);
      http.expectOne('/api/sessions/harbour').flush(SESSION);
      await sent;
      expect(key(first)).toBeTruthy();
      expect([key(second), key(third)]).toEqual([key(first), key(first)]);
      expect(store.unsent()).toBe('');

      void store.send('Who?');
      expect(key(asked())).not.toBe(key(first));
    });

    it('takes the place of that of a run, and is not the same as a new one', () => {
      void store.send('Who?').catch(() => undefined);
      const first = asked();
      void store.send('Who?', 'harbour', 'run-1');
      const again = http.expectOne('/api/runs/run-1/again?session_id=harbour');
      expect(again.request.body).toEqual({ question: 'Who?' });
      expect(key(again)).not.toBe(key(first));
    });

    it('is refused only by the server itself', async () => {
      const sent = store.send('Who?');
      asked().flush(...refusal(503, 'crowded'));
      await expect(sent).rejects.toMatchObject({ status: 503 });
    });

    it('is sent no more when its session is left', async () => {
      const sent = store.send('Who?');
      store.leaveSession();
      asked().error(new ProgressEvent('error'));
      await expect(sent).rejects.toMatchObject({ status: 0 });
      await vi.advanceTimersByTimeAsync(60_000);
      http.expectNone('/api/sessions/harbour/messages');
    });

    it('was taken, even if the session cannot be read afterwards', async () => {
      const sent = store.send('Who?');
      asked().flush({});
      await vi.advanceTimersByTimeAsync(0);
      http.expectOne('/api/sessions/harbour').error(new ProgressEvent('error'));
      await expect(sent).resolves.toBeUndefined();
    });
  });

  it('is stopping from the request to stop until the run has ended', async () => {
    await join(6);
    const stopped = store.cancel('run-1');
    expect(store.stopping()).toBe(true);
    http.expectOne(({ url }) => url === '/api/runs/run-1/cancel').flush({});
    await stopped;
    expect(store.stopping()).toBe(true);
    browser.source.open();
    browser.source.send({ ...runUpdate(7, 0, { status: 'cancelled' }), run_id: 'run-1' });
    await vi.waitFor(() => expect(store.stopping()).toBe(false));
    expect(store.activeRun()).toBeNull();
  });

  it('is not stopping when the server could not be asked to', async () => {
    await join(6);
    const stopped = store.cancel('run-1');
    http.expectOne(({ url }) => url === '/api/runs/run-1/cancel').error(new ProgressEvent('error'));
    await expect(stopped).rejects.toBeDefined();
    expect(store.stopping()).toBe(false);
  });

  it('forgets one session when another is opened', async () => {
    await join(6);
    const joined = store.joinSession('other');
    expect(store.state().cursor).toBe(0);
    expect(store.session()).toBeNull();
    http.expectOne('/api/sessions/other').flush(null, { status: 404, statusText: 'Not Found' });
    await joined;
  });
});
