import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';

import { me } from '../../testing/accounts';
import { FakeBrowser } from '../../testing/fake-browser';
import { BROWSER } from './browser';
import { Tokens } from './tokens';

describe('Tokens, without Web Locks', () => {
  let http: HttpTestingController;
  let browser: FakeBrowser;
  let tokens: Tokens;

  beforeEach(() => {
    vi.useFakeTimers();
    browser = new FakeBrowser();
    browser.cookie = 'csrf_access_token=a1';
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), { provide: BROWSER, useValue: browser }],
    });
    http = TestBed.inject(HttpTestingController);
    tokens = TestBed.inject(Tokens);
  });

  afterEach(() => {
    http.verify();
    vi.useRealTimers();
  });

  it('waits a moment, in case another tab is about to renew, and then does it', async () => {
    const renewed = tokens.renew('a1');
    await vi.advanceTimersByTimeAsync(749);
    http.expectNone('/api/auth/refresh');
    await vi.advanceTimersByTimeAsync(1);
    http.expectOne('/api/auth/refresh').flush(me());
    await renewed;
  });

  it('leaves it to the tab that is looked at', async () => {
    browser.visible = false;
    const renewed = tokens.renew('a1');
    await vi.advanceTimersByTimeAsync(1500);
    browser.cookie = 'csrf_access_token=a2';
    await vi.advanceTimersByTimeAsync(1500);
    await renewed;
  });

  it('does nothing when the token that has expired is none any more', async () => {
    await tokens.renew('a0');
  });
});
