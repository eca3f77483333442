import { provideHttpClient, withInterceptors, withXhr } from '@angular/common/http';
import {
  ApplicationConfig,
  ErrorHandler,
  inject,
  provideBrowserGlobalErrorListeners,
  provideZonelessChangeDetection,
} from '@angular/core';
import { TitleStrategy, provideRouter, withComponentInputBinding, withNavigationErrorHandler } from '@angular/router';

import { routes } from './app.routes';
import { isMissingPart } from './live/api-error';
import { accountInterceptor } from './services/account.interceptor';
import { NewVersion, PageErrors } from './services/new-version';
import { PageTitle } from './services/page-title.service';
import { reachInterceptor } from './services/reach.interceptor';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideZonelessChangeDetection(),
    provideRouter(
      routes,
      withComponentInputBinding(),
      withNavigationErrorHandler(({ error, url }) => {
        if (isMissingPart(error)) void inject(NewVersion).missed(url);
      }),
    ),
    { provide: ErrorHandler, useClass: PageErrors },
    { provide: TitleStrategy, useExisting: PageTitle },
    // fetch() cannot tell how far an upload is; XMLHttpRequest can.
    provideHttpClient(withXhr(), withInterceptors([accountInterceptor, reachInterceptor])),
  ],
};
