import { HttpInterceptorFn, HttpResponse } from '@angular/common/http';
import { inject } from '@angular/core';
import { tap } from 'rxjs';

import { isAway } from '../live/api-error';
import { ServerReach } from './server-reach.service';

/** Every request tells whether the server can be reached, whatever else became of it. */
export const reachInterceptor: HttpInterceptorFn = (request, next) => {
  const reach = inject(ServerReach);
  return next(request).pipe(
    tap({
      next: (event) => {
        if (event instanceof HttpResponse) reach.heard();
      },
      error: (error: unknown) => {
        if (isAway(error)) reach.missed();
        else reach.heard();
      },
    }),
  );
};
