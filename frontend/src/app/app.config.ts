import { provideHttpClient, withInterceptors, withXhr } from '@angular/common/http';
import { ApplicationConfig, provideBrowserGlobalErrorListeners, provideZonelessChangeDetection } from '@angular/core';
import { TitleStrategy, provideRouter, withComponentInputBinding } from '@angular/router';

import { routes } from './app.routes';
import { accountInterceptor } from './services/account.interceptor';
import { PageTitle } from './services/page-title.service';
import { reachInterceptor } from './services/reach.interceptor';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideZonelessChangeDetection(),
    provideRouter(routes, withComponentInputBinding()),
    { provide: TitleStrategy, useExisting: PageTitle },
    // fetch() cannot tell how far an upload is; XMLHttpRequest can.
    provideHttpClient(withXhr(), withInterceptors([accountInterceptor, reachInterceptor])),
  ],
};
