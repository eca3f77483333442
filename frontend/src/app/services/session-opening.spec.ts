import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';

import { me } from '../../testing/accounts';
import { FakeBrowser } from '../../testing/fake-browser';
import { fakeCaches } from '../../testing/fake-caches';
import { session } from '../../testing/sessions';
import { Opening } from '../state/opening';
import { BROWSER } from './browser';
import { Copies } from './copies.service';
import { SessionOpening } from './session-opening';

describe('SessionOpening', () => {
  afterEach(() => vi.useRealTimers());

  it('asks again for a session while the server is away, also where the browser’s storage is broken', async () => {
    vi.useFakeTimers();
    const browser = new FakeBrowser();
    const broken = (): Promise<never> => Promise.reject(new DOMException('The operation is insecure.'));
    browser.caches = Object.assign(fakeCaches(), { has: broken, keys: broken, open: broken, delete: broken });
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), { provide: BROWSER, useValue: browser }],
    });
    const http = TestBed.inject(HttpTestingController);
    await TestBed.inject(Copies).belongTo(me());
    const told: Opening[] = [];
    const found = TestBed.inject(SessionOpening).find(
      'harbour',
      false,
      () => true,
      (opening) => told.push(opening),
    );
    http.expectOne('/api/sessions/harbour').error(new ProgressEvent('error'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toEqual([{ state: 'unkept' }]);
    http.expectOne('/api/sessions/harbour').flush(session('harbour'));
    expect((await found)?.record.id).toBe('harbour');
  });
});
