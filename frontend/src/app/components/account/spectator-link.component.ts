import { Component, effect, inject, resource } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';

import { AccountApi } from '../../services/account-api';
import { loadErrorOf } from '../shared/load-error';
import { AuthCardComponent } from './auth-card.component';

/** Where a spectator link leads: on to its session, or the reason why not. */
@Component({
  selector: 'app-spectator-link',
  imports: [AuthCardComponent, RouterLink],
  template: `
    @if (loadError()?.passing) {
      <app-auth-card heading="The link could not be opened" i18n-heading [lead]="loadError()?.words ?? ''">
        <div class="actions">
          <button i18n type="button" class="button primary" (click)="opened.reload()">Try again</button>
        </div>
      </app-auth-card>
    } @else if (!token() || loadError()) {
      <app-auth-card heading="This link no longer works" i18n-heading [lead]="loadError()?.words ?? incomplete">
        @if (!token()) {
          <p i18n>Spectator links are valid for a limited time. Ask the person who sent it for a new one.</p>
        }
        <div class="actions"><a i18n class="button" routerLink="/sign-in">Sign in</a></div>
      </app-auth-card>
    } @else {
      <app-auth-card heading="Opening the session…" i18n-heading />
    }
  `,
})
export class SpectatorLinkComponent {
  protected readonly token = toSignal(inject(ActivatedRoute).fragment);
  protected readonly incomplete = $localize`The link is incomplete: its end is missing.`;
  private readonly api = inject(AccountApi);

  protected readonly opened = resource({
    params: () => this.token() ?? undefined,
    loader: ({ params }) => this.api.openLink(params),
  });
  protected readonly loadError = loadErrorOf(this.opened);

  constructor() {
    const router = inject(Router);
    effect(() => {
      if (!this.opened.hasValue()) return;
      // The secret leaves the address, and so the history and whatever is shared of this page.
      void router.navigate(['/watch', this.opened.value().session_id], { replaceUrl: true });
    });
  }
}
