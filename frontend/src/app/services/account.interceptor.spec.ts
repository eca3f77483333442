import { HttpClient, HttpErrorResponse, provideHttpClient, withInterceptors } from '@angular/common/http';
import { HttpTestingController, TestRequest, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { Router } from '@angular/router';
import { firstValueFrom } from 'rxjs';

import { me, refusal } from '../../testing/accounts';
import { FakeBrowser, FakeTabs } from '../../testing/fake-browser';
import { accountInterceptor } from './account.interceptor';
import { Account } from './account.service';
import { BROWSER } from './browser';

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('accountInterceptor', () => {
  let http: HttpClient;
  let server: HttpTestingController;
  let browser: FakeBrowser;

  beforeEach(() => {
    browser = new FakeBrowser(new FakeTabs());
    browser.cookie = 'csrf_access_token=a1; csrf_refresh_token=r1';
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(withInterceptors([accountInterceptor])),
        provideHttpClientTesting(),
        { provide: BROWSER, useValue: browser },
      ],
    });
    http = TestBed.inject(HttpClient);
    server = TestBed.inject(HttpTestingController);
    vi.spyOn(TestBed.inject(Router), 'navigateByUrl').mockResolvedValue(true);
  });

  afterEach(() => server.verify());

  async function signIn(): Promise<void> {
    const known = TestBed.inject(Account).known();
    server.expectOne('/api/auth/me').flush(me());
    await known;
  }

  const proof = ({ request }: TestRequest): string | null => request.headers.get('X-CSRF-TOKEN');
  const expire = (request: TestRequest): void => request.flush(...refusal(401, 'token_expired'));

  /** The server has renewed the tokens. */
  function renewed(request: TestRequest): void {
    browser.cookie = 'csrf_access_token=a2; csrf_refresh_token=r2';
    request.flush(me());
  }

  it('proves that this page sent what changes something, and nothing else', () => {
    http.post('/api/sessions', {}).subscribe();
    http.delete('/api/sessions/s').subscribe();
    http.get('/api/sessions').subscribe();
    expect(proof(server.expectOne({ method: 'POST' }))).toBe('a1');
    expect(proof(server.expectOne({ method: 'DELETE' }))).toBe('a1');
    expect(proof(server.expectOne({ method: 'GET' }))).toBeNull();
  });

  it('renews an expired token and repeats the request with the new one', async () => {
    const answer = firstValueFrom(http.post('/api/sessions', {}));
    expire(server.expectOne('/api/sessions'));
    await turn();
    const refresh = server.expectOne({ method: 'POST', url: '/api/auth/refresh' });
    expect(proof(refresh)).toBe('r1');
    renewed(refresh);
    await turn();
    const again = server.expectOne('/api/sessions');
    expect(proof(again)).toBe('a2');
    again.flush({ id: 's' });
    expect(await answer).toEqual({ id: 's' });
  });

  it('does so for a request that expects no content, whose errors come as text', async () => {
    http.delete('/api/sessions/s', { responseType: 'text' }).subscribe();
    const [body, options] = refusal(401, 'token_expired');
    server.expectOne('/api/sessions/s').flush(JSON.stringify(body), options);
    await turn();
    renewed(server.expectOne('/api/auth/refresh'));
    await turn();
    expect(proof(server.expectOne('/api/sessions/s'))).toBe('a2');
  });

  it('renews it once for all that find it expired at the same time', async () => {
    const answers = ['/api/one', '/api/two', '/api/three'].map((url) => firstValueFrom(http.get(url)));
    for (const url of ['/api/one', '/api/two']) expire(server.expectOne(url));
    await turn();
    const late = server.expectOne('/api/three');
    renewed(server.expectOne('/api/auth/refresh'));
    await turn();
    // What was sent with the old token and comes back only now needs no other token than the one there is.
    expire(late);
    await turn();
    for (const url of ['/api/one', '/api/two', '/api/three']) server.expectOne(url).flush(url);
    expect(await Promise.all(answers)).toEqual(['/api/one', '/api/two', '/api/three']);
  });

  it('does not use the refresh token when another tab renewed while this one waited for its turn', async () => {
    let free = (): void => undefined;
    void browser.locks?.request('ringside:refresh', {}, () => new Promise<void>((resolve) => (free = resolve)));
    await turn();
    http.get('/api/one').subscribe();
    expire(server.expectOne('/api/one'));
    await turn();
    server.expectNone('/api/auth/refresh');
    browser.cookie = 'csrf_access_token=a2; csrf_refresh_token=r2';
    free();
    await turn();
    server.expectNone('/api/auth/refresh');
    server.expectOne('/api/one').flush('there');
  });

  it('repeats what was sent with the proof of one token and the cookie of the next, as another tab renewed it', async () => {
    const answer = firstValueFrom(http.post('/api/sessions', {}));
    browser.cookie = 'csrf_access_token=a2; csrf_refresh_token=r2';
    server.expectOne('/api/sessions').flush(...refusal(403, 'csrf'));
    await turn();
    server.expectNone('/api/auth/refresh');
    const again = server.expectOne('/api/sessions');
    expect(proof(again)).toBe('a2');
    again.flush({ id: 's' });
    expect(await answer).toEqual({ id: 's' });
  });

  it('renews once, not again and again', async () => {
    const answer = firstValueFrom(http.get('/api/one')).catch((error: unknown) => (error as HttpErrorResponse).status);
    expire(server.expectOne('/api/one'));
    await turn();
    renewed(server.expectOne('/api/auth/refresh'));
    await turn();
    expire(server.expectOne('/api/one'));
    expect(await answer).toBe(401);
  });

  it('leads to the sign-in page when the token cannot be renewed', async () => {
    await signIn();
    const answer = firstValueFrom(http.get('/api/one')).catch((error: unknown) => (error as HttpErrorResponse).status);
    expire(server.expectOne('/api/one'));
    await turn();
    server.expectOne('/api/auth/refresh').flush(...refusal(401, 'signed_out'));
    expect(await answer).toBe(401);
    expect(TestBed.inject(Account).authState()).toBe('signed-out');
    expect(TestBed.inject(Router).navigateByUrl).toHaveBeenCalledExactlyOnceWith('/sign-in');
  });

  it('leads to where a server without an account waits for one', async () => {
    await signIn();
    http.get('/api/one').subscribe({ error: () => undefined });
    server.expectOne('/api/one').flush(...refusal(403, 'setup_needed'));
    expect(TestBed.inject(Router).navigateByUrl).toHaveBeenCalledExactlyOnceWith('/setup');
  });

  it('leaves a wrong password and a passing failure to whoever asked', async () => {
    await signIn();
    for (const [status, code] of [
      [401, 'wrong_credentials'],
      [403, 'forbidden'],
      [503, 'database_lost'],
    ] as const) {
      http.get('/api/one').subscribe({ error: () => undefined });
      server.expectOne('/api/one').flush(...refusal(status, code));
    }
    expect(TestBed.inject(Account).authState()).toBe('signed-in');
  });
});
