import { HttpErrorResponse, provideHttpClient } from '@angular/common/http';
import { HttpTestingController, TestRequest, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { Router } from '@angular/router';

import { me, refusal } from '../../testing/accounts';
import { FakeBrowser, FakeChannel, FakeTabs } from '../../testing/fake-browser';
import { fakeCaches } from '../../testing/fake-caches';
import { DeviceCopy } from '../live/device-copy';
import { Account } from './account.service';
import { BROWSER } from './browser';

/** The cookies of somebody's sign-in, as far as scripts may read them. */
const cookiesOf = (signIn: string): string => `csrf_access_token=a1; csrf_refresh_token=r1; signed_in_as=${signIn}`;
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('Account', () => {
  let http: HttpTestingController;
  let browser: FakeBrowser;
  let account: Account;
  let router: Router;
  let otherTab: FakeChannel;
  let told: unknown[];
  let caches: ReturnType<typeof fakeCaches>;

  beforeEach(() => {
    localStorage.clear();
    caches = fakeCaches();
    const tabs = new FakeTabs();
    browser = new FakeBrowser(tabs);
    browser.caches = caches;
    otherTab = tabs.channel('ringside:account', new FakeBrowser(tabs));
    told = [];
    otherTab.onmessage = ({ data }) => told.push(data);
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), { provide: BROWSER, useValue: browser }],
    });
    http = TestBed.inject(HttpTestingController);
    account = TestBed.inject(Account);
    router = TestBed.inject(Router);
    vi.spyOn(router, 'navigateByUrl').mockResolvedValue(true);
  });

  afterEach(() => {
    http.verify();
    vi.useRealTimers();
  });

  async function known(...answer: Parameters<TestRequest['flush']>): Promise<void> {
    const known = account.known();
    http.expectOne('/api/auth/me').flush(...answer);
    await known;
  }

  /** Nobody answers a request to this address. */
  function away(url: string): void {
    http.expectOne(url).error(new ProgressEvent('error'));
  }

  it('asks once who is here', async () => {
    expect(account.authState()).toBe('unknown');
    await known(me('Mara', 'administrator'));
    await account.known();
    expect([account.authState(), account.me()?.user.name, account.isAdministrator()]).toEqual([
      'signed-in',
      'Mara',
      true,
    ]);
  });

  it('learns from the first answer that nobody is signed in, or can be, and navigates nowhere', async () => {
    await known(...refusal(401, 'signed_out'));
    expect([account.authState(), account.turnedAway()]).toEqual(['signed-out', true]);
    expect(router.navigateByUrl).not.toHaveBeenCalled();
  });

  it('asks nobody without a token who they are: only whether one can sign in here', async () => {
    browser.cookie = 'theme=dark';
    const asked = account.known();
    http.expectOne('/api/info').flush({});
    await asked;
    expect([account.authState(), account.turnedAway()]).toEqual(['signed-out', true]);
  });

  it('leads whoever has no token to where the first account is made', async () => {
    browser.cookie = '';
    const asked = account.known();
    http.expectOne('/api/info').flush(...refusal(403, 'setup_needed'));
    await asked;
    expect(account.authState()).toBe('setup-needed');
  });

  it('knows a server without an account', async () => {
    await known(...refusal(403, 'setup_needed'));
    expect(account.authState()).toBe('setup-needed');
  });

  it('says what keeps it from knowing, and asks until it knows', async () => {
    vi.useFakeTimers();
    const asked = account.known();
    http.expectOne('/api/auth/me').error(new ProgressEvent('error'));
    await vi.advanceTimersByTimeAsync(0);
    expect([account.authState(), account.delay()]).toEqual([
      'unknown',
      'The server cannot be reached. Check your connection and try again.',
    ]);
    await vi.advanceTimersByTimeAsync(1000);
    http.expectOne('/api/auth/me').flush(me());
    await asked;
    expect([account.authState(), account.delay()]).toEqual(['signed-in', '']);
  });

  it('is not signed in again by an answer that was on its way when one signed out', async () => {
    vi.useFakeTimers();
    await known(me());
    void account.lookAgain();
    otherTab.postMessage({ kind: 'signed-out' });
    http.expectOne('/api/auth/me').flush(me());
    await vi.advanceTimersByTimeAsync(0);
    expect([account.authState(), account.me()]).toEqual(['signed-out', null]);
  });

  it('goes on where one wanted to go, and tells the other tabs who is here now', async () => {
    await known(...refusal(401, 'signed_out'));
    const signedIn = account.signIn({ email: 'mara@harbour.example', password: 'a long passphrase' }, '/sessions/s');
    http.expectOne('/api/auth/login').flush(me());
    await signedIn;
    expect(router.navigateByUrl).toHaveBeenCalledExactlyOnceWith('/sessions/s', { replaceUrl: true });
    expect(told).toEqual([{ kind: 'signed-in', userId: 'user-Mara' }]);
  });

  it('keeps nothing in memory of somebody else who was here before', async () => {
    await known(me('Mara'));
    account.refused({});
    const entered = account.enter(me('Jon'), '/keys');
    await entered;
    expect(browser.loaded).toEqual(['/keys']);
  });

  it('signs out here and in every tab', async () => {
    await known(me());
    const out = account.signOut();
    http.expectOne('/api/auth/me').flush(me());
    await turn();
    http.expectOne('/api/auth/logout').flush(null);
    await out;
    expect([account.authState(), account.me()]).toEqual(['signed-out', null]);
    expect(router.navigateByUrl).toHaveBeenCalledExactlyOnceWith('/sign-in');
    expect(told).toEqual([{ kind: 'signed-out' }]);
  });

  it('goes on to sign out of the provider with which one has signed in', async () => {
    await known(me());
    const out = account.signOut();
    http.expectOne('/api/auth/me').flush(me());
    await turn();
    http.expectOne('/api/auth/logout').flush({ continue_at: 'https://login.example.org/end' });
    await out;
    expect([account.authState(), browser.loaded]).toEqual(['signed-out', ['https://login.example.org/end']]);
  });

  it('stays signed in when the server could not end it', async () => {
    await known(me());
    const out = account.signOut().catch(() => 'failed');
    http.expectOne('/api/auth/me').flush(me());
    await turn();
    http.expectOne('/api/auth/logout').flush(...refusal(500, 'internal'));
    expect(await out).toBe('failed');
    expect([account.authState(), told, browser.pushEnded]).toEqual(['signed-in', [], false]);
  });

  it('recognises who has the cookies, and goes on asking, also where it asks too often', async () => {
    await new DeviceCopy(caches, 'user-Mara').put('me', me());
    vi.useFakeTimers();
    const asked = account.known();
    away('/api/auth/me');
    await vi.advanceTimersByTimeAsync(0);
    await asked;
    expect([account.authState(), account.me()?.user.name]).toEqual(['signed-in', 'Mara']);
    await vi.advanceTimersByTimeAsync(1000);
    http.expectOne('/api/auth/me').flush(...refusal(429, 'too_many_requests'));
    await vi.advanceTimersByTimeAsync(5000);
    http.expectOne('/api/auth/me').flush(me('Mara', 'administrator'));
    await vi.advanceTimersByTimeAsync(0);
    expect(account.isAdministrator()).toBe(true);
  });

  it('recognises nobody by what is kept of somebody else', async () => {
    await new DeviceCopy(caches, 'user-Mara').put('me', me());
    browser.cookie = cookiesOf('user-Jon.sign-in-2');
    vi.useFakeTimers();
    const asked = account.known();
    away('/api/auth/me');
    await vi.advanceTimersByTimeAsync(0);
    expect([account.authState(), account.me()]).toEqual(['unknown', null]);
    await vi.advanceTimersByTimeAsync(1000);
    http.expectOne('/api/auth/me').flush(me('Jon'));
    await asked;
    await vi.advanceTimersByTimeAsync(0);
    expect([account.me()?.user.name, browser.pushEnded, [...caches.all.keys()]]).toEqual([
      'Jon',
      true,
      ['ringside:copy:user-Jon:'],
    ]);
  });

  it('loads the page anew when the server says that somebody else is here', async () => {
    await known(me('Mara'));
    for (const ask of [() => account.askAgain(), () => account.lookAgain()]) {
      const asked = ask();
      http.expectOne('/api/auth/me').flush(me('Jon'));
      await asked;
      expect([browser.loaded.splice(0), account.me()?.user.name]).toEqual([['/'], 'Mara']);
    }
  });

  it('shows no notices of a sign-in that was ended elsewhere', async () => {
    await known(me());
    account.refused(new HttpErrorResponse({ status: 401, error: refusal(401, 'signed_out')[0] }));
    expect([account.authState(), browser.pushEnded]).toEqual(['signed-out', true]);
  });

  it('shows no notices of whose cookies are gone', async () => {
    browser.cookie = '';
    const asked = account.known();
    http.expectOne('/api/info').flush({});
    await asked;
    expect(browser.pushEnded).toBe(true);
  });

  it('leaves when another tab signed out, and does not tell it back', async () => {
    await known(me());
    otherTab.postMessage({ kind: 'signed-out' });
    expect(account.authState()).toBe('signed-out');
    expect(router.navigateByUrl).toHaveBeenCalledExactlyOnceWith('/sign-in');
    expect(told).toEqual([]);
  });

  it('loads the page anew when another tab signed somebody else in, and only then', async () => {
    await known(me('Mara'));
    otherTab.postMessage({ kind: 'signed-in', userId: 'user-Mara' });
    expect(browser.loaded).toEqual([]);
    otherTab.postMessage({ kind: 'signed-in', userId: 'user-Jon' });
    expect(browser.loaded).toEqual(['/']);
  });

  it('follows another tab from the sign-in page, and leaves a form that is being filled in alone', async () => {
    await known(...refusal(401, 'signed_out'));
    const url = vi.spyOn(router, 'url', 'get');
    url.mockReturnValue('/join');
    otherTab.postMessage({ kind: 'signed-in', userId: 'user-Mara' });
    expect(browser.loaded).toEqual([]);
    url.mockReturnValue('/sign-in?next=%2Fkeys');
    otherTab.postMessage({ kind: 'signed-in', userId: 'user-Mara' });
    expect(browser.loaded).toEqual(['/sign-in?next=%2Fkeys']);
  });

  it('lets a guest, who has nowhere else to go, stay', async () => {
    await known(...refusal(401, 'signed_out'));
    account.spectate();
    expect([account.authState(), account.turnedAway()]).toEqual(['spectator', true]);
    otherTab.postMessage({ kind: 'signed-out' });
    expect(account.authState()).toBe('spectator');
    account.stopSpectating();
    expect(account.authState()).toBe('signed-out');
  });
});
