import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { Component } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';

import { me, refusal } from '../../testing/accounts';
import { FakeBrowser } from '../../testing/fake-browser';
import { whenAdministrator, whenSetUpNeeded, whenSignedIn, whenSignedOut } from './account.guards';
import { BROWSER } from './browser';

@Component({ template: '' })
class SomePage {}

describe('the guards', () => {
  let http: HttpTestingController;

  beforeEach(() => {
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        { provide: BROWSER, useValue: new FakeBrowser() },
        provideRouter([
          { path: 'sign-in', canActivate: [whenSignedOut], component: SomePage },
          { path: 'setup', canActivate: [whenSetUpNeeded], component: SomePage },
          {
            path: '',
            canActivate: [whenSignedIn],
            children: [
              { path: 'team', canActivate: [whenAdministrator], component: SomePage },
              { path: '**', component: SomePage },
            ],
          },
        ]),
      ],
    });
    http = TestBed.inject(HttpTestingController);
  });

  /** Where one arrives who wants to go to `url`. */
  async function arrival(
    url: string,
    ...answer: Parameters<ReturnType<HttpTestingController['expectOne']>['flush']>
  ): Promise<string> {
    const router = TestBed.inject(Router);
    const arrived = router.navigateByUrl(url);
    await new Promise((resolve) => setTimeout(resolve));
    http.expectOne('/api/auth/me').flush(...answer);
    await arrived;
    return router.url;
  }

  it('let in who is signed in', async () => {
    expect(await arrival('/sessions/s', me())).toBe('/sessions/s');
  });

  it('lead all others to the sign-in page, and remember where they wanted to go', async () => {
    expect(await arrival('/sessions/s?tab=feed', ...refusal(401, 'signed_out'))).toBe(
      '/sign-in?next=%2Fsessions%2Fs%3Ftab%3Dfeed',
    );
  });

  it('lead away from the sign-in page who is signed in', async () => {
    expect(await arrival('/sign-in?next=%2Fkeys', me())).toBe('/keys');
  });

  it.each(['/', '/sign-in', '/team'])('lead from %s to the set-up of a server without an account', async (url) => {
    expect(await arrival(url, ...refusal(403, 'setup_needed'))).toBe('/setup');
  });

  it('lead away from the set-up of a server that has an account, but for a link’s sake', async () => {
    expect(await arrival('/setup', me())).toBe('/');
    const router = TestBed.inject(Router);
    await router.navigateByUrl('/setup#secret');
    expect(router.url).toBe('/setup#secret');
  });

  it('keep the team for administrators', async () => {
    expect(await arrival('/team', me('Mara', 'member'))).toBe('/');
  });

  it('open the team to administrators', async () => {
    expect(await arrival('/team', me('Mara', 'administrator'))).toBe('/team');
  });
});
