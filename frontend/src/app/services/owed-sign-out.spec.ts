import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { Router } from '@angular/router';

import { me } from '../../testing/accounts';
import { FakeBrowser, FakeTabs } from '../../testing/fake-browser';
import { fakeCaches } from '../../testing/fake-caches';
import { DeviceCopy } from '../live/device-copy';
import { Account } from './account.service';
import { BROWSER } from './browser';
import { Drafts } from './drafts.service';

const LATER = /^You are signed out on this device\. The server does not answer/;
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('Signing out while the server is away', () => {
  let http: HttpTestingController;
  let browser: FakeBrowser;
  let account: Account;
  let told: unknown[];
  let caches: ReturnType<typeof fakeCaches>;

  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
    caches = fakeCaches();
    const tabs = new FakeTabs();
    browser = new FakeBrowser(tabs);
    browser.caches = caches;
    told = [];
    const otherTab = tabs.channel('ringside:account', new FakeBrowser(tabs));
    otherTab.onmessage = ({ data }) => told.push(data);
    account = page();
  });

  afterEach(() => {
    http.verify();
    vi.useRealTimers();
  });

  /** A page of this browser, or the one before loaded anew. */
  function page(): Account {
    TestBed.resetTestingModule();
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), { provide: BROWSER, useValue: browser }],
    });
    http = TestBed.inject(HttpTestingController);
    vi.spyOn(TestBed.inject(Router), 'navigateByUrl').mockResolvedValue(true);
    return TestBed.inject(Account);
  }

  /** Nobody answers a request to this address. */
  function away(url: string): void {
    http.expectOne(url).error(new ProgressEvent('error'));
  }

  async function signOut(): Promise<void> {
    const known = account.known();
    http.expectOne('/api/auth/me').flush(me());
    await known;
    TestBed.inject(Drafts).keep('harbour', 'Who reb');
    await vi.waitFor(() => expect(caches.all.size).toBe(1));
    vi.useFakeTimers();
    const out = account.signOut();
    away('/api/auth/me');
    await vi.advanceTimersByTimeAsync(0);
    away('/api/auth/logout');
    await out;
  }

  it('signs out of this browser, keeps nothing, and says that the server is told later', async () => {
    await signOut();
    expect([account.authState(), account.me(), told]).toEqual(['signed-out', null, [{ kind: 'signed-out' }]]);
    expect([[...caches.all.keys()], TestBed.inject(Drafts).of('harbour'), browser.pushEnded]).toEqual([[], '', true]);
    expect(account.endWords()).toMatch(LATER);
  });

  it('waits for a network that hangs no longer than some seconds', async () => {
    const known = account.known();
    http.expectOne('/api/auth/me').flush(me());
    await known;
    vi.useFakeTimers();
    void account.signOut();
    const hanging = http.expectOne('/api/auth/me');
    await vi.advanceTimersByTimeAsync(7999);
    expect(account.authState()).toBe('signed-in');
    await vi.advanceTimersByTimeAsync(1);
    expect([account.authState(), [...caches.all.keys()]]).toEqual(['signed-out', []]);
    expect(account.endWords()).toMatch(LATER);
    // The server ends it after all: what was asked first arrives.
    hanging.flush(me());
    browser.cookie = '';
    await vi.advanceTimersByTimeAsync(60_000);
    expect(account.endWords()).toBe('');
  });

  it('tells the server as soon as it is back, and goes on to the provider', async () => {
    await signOut();
    await vi.advanceTimersByTimeAsync(1000);
    away('/api/auth/me');
    await vi.advanceTimersByTimeAsync(0);
    away('/api/auth/logout');
    await vi.advanceTimersByTimeAsync(5000);
    http.expectOne('/api/auth/me').flush(me());
    await vi.advanceTimersByTimeAsync(0);
    expect(account.endWords()).toMatch(LATER);
    http.expectOne('/api/auth/logout').flush({ continue_at: 'https://login.example.org/end' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([account.endWords(), browser.loaded]).toEqual(['', ['https://login.example.org/end']]);
  });

  it('shows nobody their copy who has signed out, in whatever page, and tells the server first', async () => {
    await signOut();
    await vi.advanceTimersByTimeAsync(1000);
    http.expectOne('/api/auth/me').error(new ProgressEvent('error'));
    await vi.advanceTimersByTimeAsync(0);
    away('/api/auth/logout');
    vi.useRealTimers();
    // A tab that was asleep has written meanwhile.
    await new DeviceCopy(caches, 'user-Mara').put('me', me());
    http.verify();
    const second = page();
    const asked = second.known();
    http.expectOne('/api/auth/me').error(new ProgressEvent('error'));
    await turn();
    away('/api/auth/logout');
    await asked;
    expect([second.authState(), second.me()]).toEqual(['signed-out', null]);
    expect(second.endWords()).toMatch(LATER);
    expect([...caches.all.keys()]).toEqual([]);
    // The server is back, and the page is loaded once more.
    http.verify();
    const third = page();
    const again = third.known();
    http.expectOne('/api/auth/me').flush(me());
    await turn();
    browser.cookie = '';
    http.expectOne('/api/auth/logout').flush(null);
    await turn();
    http.expectOne('/api/info').flush({});
    await again;
    expect(third.authState()).toBe('signed-out');
  });

  it('does not end the sign-in of who signs in after that', async () => {
    await signOut();
    browser.cookie = 'csrf_refresh_token=r2; signed_in_as=user-Jon.sign-in-2';
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    http.verify();
    const second = page();
    const asked = second.known();
    http.expectOne('/api/auth/me').flush(me('Jon'));
    await asked;
    expect([second.authState(), second.me()?.user.name]).toEqual(['signed-in', 'Jon']);
  });

  it('ends the sign-in before somebody signs in by the same page', async () => {
    await signOut();
    const signedIn = account.signIn({ email: 'jon@harbour.example', password: 'a long passphrase' }, '/keys');
    http.expectOne('/api/auth/me').flush(me());
    await vi.advanceTimersByTimeAsync(0);
    browser.cookie = '';
    http.expectOne('/api/auth/logout').flush(null);
    await vi.advanceTimersByTimeAsync(0);
    http.expectOne('/api/auth/login').flush(me('Jon'));
    await signedIn;
    expect(browser.loaded).toEqual(['/keys']);
  });
});
