import { inject } from '@angular/core';
import { CanActivateFn, Router } from '@angular/router';

import { nextUrl } from '../state/next-url';
import { Account } from './account.service';

/** Pages for those who are signed in. All others are led to where they can get in, and back here from there. */
export const whenSignedIn: CanActivateFn = async (_route, state) => {
  const [account, router] = [inject(Account), inject(Router)];
  await account.known();
  if (account.authState() === 'signed-in') return true;
  if (account.authState() === 'setup-needed') return router.createUrlTree(['/setup']);
  return router.createUrlTree(['/sign-in'], { queryParams: state.url === '/' ? {} : { next: state.url } });
};

/** Pages for administrators only. The server refuses anyway; this spares the others an empty page. */
export const whenAdministrator: CanActivateFn = () =>
  inject(Account).isAdministrator() || inject(Router).createUrlTree(['/']);

/** Pages for those who may do more than watch. */
export const whenWorking: CanActivateFn = () => inject(Account).mayWork() || inject(Router).createUrlTree(['/']);

/** A session, or a new one for those who may have one. */
export const whenMayBegin: CanActivateFn = (route) =>
  route.paramMap.has('sessionId') || inject(Account).mayWork() || inject(Router).createUrlTree(['/']);

/** The page to sign in at: nothing for those who are in already. */
export const whenSignedOut: CanActivateFn = async (route) => {
  const [account, router] = [inject(Account), inject(Router)];
  await account.known();
  if (account.authState() === 'signed-in') return router.parseUrl(nextUrl(route.queryParamMap.get('next')));
  return account.authState() === 'setup-needed' ? router.createUrlTree(['/setup']) : true;
};

/** Where a server without an account waits for its first one. A link's secret, behind the #, opens the form. */
export const whenSetUpNeeded: CanActivateFn = async (route) => {
  const [account, router] = [inject(Account), inject(Router)];
  await account.known();
  return account.authState() === 'setup-needed' || !!route.fragment || router.createUrlTree(['/']);
};

/** Pages that anybody may open, once it is known who that is. */
export const whenKnown: CanActivateFn = async () => {
  await inject(Account).known();
  return true;
};
