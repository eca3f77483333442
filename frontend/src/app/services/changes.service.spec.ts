import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';

import { me } from '../../testing/accounts';
import { FakeBrowser } from '../../testing/fake-browser';
import { session } from '../../testing/sessions';
import { Account } from './account.service';
import { BROWSER } from './browser';
import { SessionsService } from './sessions.service';

describe('an open dashboard', () => {
  let http: HttpTestingController;
  let browser: FakeBrowser;
  let list: SessionsService;

  beforeEach(async () => {
    vi.useFakeTimers();
    browser = new FakeBrowser();
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), { provide: BROWSER, useValue: browser }],
    });
    http = TestBed.inject(HttpTestingController);
    const known = TestBed.inject(Account).known();
    http.expectOne('/api/auth/me').flush(me('Mara', 'member'));
    await known;
    list = TestBed.inject(SessionsService);
    const searched = list.search('harbour');
    answerList('a');
    await searched;
  });

  afterEach(() => {
    http.verify();
    vi.useRealTimers();
  });

  async function settle(): Promise<void> {
    await vi.advanceTimersByTimeAsync(0);
    TestBed.tick();
    await vi.advanceTimersByTimeAsync(0);
  }

  async function look(markers: object | null): Promise<void> {
    await vi.advanceTimersByTimeAsync(10_000);
    const asked = http.expectOne('/api/changes');
    if (markers) asked.flush(markers);
    else asked.error(new ProgressEvent('error'));
    await settle();
  }

  function answerList(...ids: string[]): void {
    const asked = http.expectOne(({ url }) => url === '/api/sessions');
    expect(asked.request.params.get('query')).toBe('harbour');
    asked.flush({ sessions: ids.map((id) => session(id)), next_cursor: null });
  }

  /** After the first look, at which it is not known yet how old the list is. */
  async function known(): Promise<void> {
    await look({ sessions: '1', account: '1', feedback: '1' });
    answerList('a');
    http.expectOne('/api/auth/me').flush(me('Mara', 'member'));
    await settle();
  }

  const ids = (): string[] => list.sessions().map(({ id }) => id);

  it('asks for nothing again while nothing changes, with a search typed in, too', async () => {
    await known();
    for (let n = 0; n < 6; n++) await look({ sessions: '1', account: '1', feedback: '1' });
    http.expectNone(({ url }) => url !== '/api/changes');
  });

  it('shows within ten seconds what has changed', async () => {
    await known();
    await look({ sessions: '2', account: '1', feedback: '1' });
    answerList('b', 'a');
    await settle();
    expect(ids()).toEqual(['b', 'a']);
    await look({ sessions: '2', account: '1', feedback: '1' });
  });

  it('asks half as often after a quiet minute, until something has changed', async () => {
    await known();
    for (let n = 0; n < 6; n++) await look({ sessions: '1', account: '1', feedback: '1' });
    await vi.advanceTimersByTimeAsync(10_000);
    http.expectNone(() => true);
    await look({ sessions: '2', account: '1', feedback: '1' });
    answerList('b');
    await settle();
    await look({ sessions: '2', account: '1', feedback: '1' });
    await look({ sessions: '2', account: '1', feedback: '1' });
  });

  it('learns of another role', async () => {
    await known();
    await look({ sessions: '1', account: '2', feedback: '1' });
    http.expectOne('/api/auth/me').error(new ProgressEvent('error'));
    await settle();
    await look({ sessions: '1', account: '2', feedback: '1' });
    http.expectOne('/api/auth/me').flush(me('Mara', 'viewer'));
    await settle();
    expect(TestBed.inject(Account).mayWork()).toBe(false);
    await look({ sessions: '1', account: '2', feedback: '1' });
  });

  it('asks nothing while nobody looks at it, and nothing twice at a time', async () => {
    await known();
    browser.visible = false;
    await vi.advanceTimersByTimeAsync(60_000);
    http.expectNone(() => true);
    browser.visible = true;
    await vi.advanceTimersByTimeAsync(30_000);
    http.expectOne('/api/changes').flush({ sessions: '1', account: '1', feedback: '1' });
    await settle();
  });

  it('says that the server is lost, and asks for the list again when it is back', async () => {
    await known();
    await look(null);
    http.expectOne(({ url }) => url === '/api/sessions').error(new ProgressEvent('error'));
    await settle();
    expect([list.state(), ids()]).toEqual(['failed', ['a']]);
    await look({ sessions: '1', account: '1', feedback: '1' });
    answerList('a');
    await settle();
    expect(list.state()).toBe('ready');
    await look({ sessions: '1', account: '1', feedback: '1' });
  });

  it('asks for a list again that could not be loaded, though it has not changed', async () => {
    await known();
    await look({ sessions: '2', account: '1', feedback: '1' });
    http.expectOne(({ url }) => url === '/api/sessions').flush({}, { status: 503, statusText: 'Later' });
    await settle();
    await look({ sessions: '2', account: '1', feedback: '1' });
    answerList('c');
    await settle();
    expect([list.state(), ids()]).toEqual(['ready', ['c']]);
  });
});
