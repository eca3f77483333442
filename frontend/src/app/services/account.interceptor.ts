import { HttpInterceptorFn, HttpRequest } from '@angular/common/http';
import { inject } from '@angular/core';
import { catchError, defer, from, switchMap, throwError } from 'rxjs';

import { refresh } from '../models/functions';
import { Account } from './account.service';
import { errorCode } from '../live/api-error';
import { Tokens } from './tokens';

const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Every request's part in the sign-in: what changes something proves that this page sent it, an access token that has
 * expired is renewed and the request repeated, and whoever is signed out is led to where one can sign in.
 */
export const accountInterceptor: HttpInterceptorFn = (request, next) => {
  const tokens = inject(Tokens);
  const account = inject(Account);
  const refreshes = request.url.endsWith(refresh.PATH);
  // Asked for at each sending: the repeated request has another token.
  const send = () => defer(() => next(proven(request, tokens.proof(refreshes))));
  const mark = tokens.mark();
  return send().pipe(
    catchError((error: unknown) =>
      isOfThePast(error) && !refreshes ? from(tokens.renew(mark)).pipe(switchMap(send)) : throwError(() => error),
    ),
    catchError((error: unknown) => {
      account.refused(error);
      return throwError(() => error);
    }),
  );
};

function proven(request: HttpRequest<unknown>, proof: string): HttpRequest<unknown> {
  if (SAFE.includes(request.method) || proof === '') return request;
  return request.clone({ setHeaders: { 'X-CSRF-TOKEN': proof } });
}

/**
 * Whether another token helps: this one has expired; or another tab has renewed it while the request was on its way to
 * the network, where the new cookie was added to the old proof.
 */
function isOfThePast(error: unknown): boolean {
  return ['token_expired', 'csrf'].includes(errorCode(error));
}
