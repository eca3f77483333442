import { Component, inject, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, RouterLink } from '@angular/router';

import { AccountApi } from '../../services/account-api';
import { errorCode } from '../../live/api-error';
import { Submission } from '../shared/submission';
import { AuthCardComponent } from './auth-card.component';
import { FormFootComponent } from '../shared/form-foot.component';
import { PasswordFieldComponent } from './password-field.component';

/** Where a password link leads: whoever has forgotten theirs chooses another. */
@Component({
  selector: 'app-reset',
  imports: [AuthCardComponent, FormFootComponent, PasswordFieldComponent, RouterLink],
  template: `
    @if (done()) {
      <app-auth-card
        heading="Your password was changed"
        i18n-heading
        lead="You were signed out everywhere. Your API keys still work: revoke those that others may know."
        i18n-lead
      >
        <div class="actions"><a i18n class="button primary" routerLink="/sign-in">Sign in</a></div>
      </app-auth-card>
    } @else if (!token() || unusable()) {
      <app-auth-card heading="This link cannot be used" i18n-heading [lead]="unusable() || incomplete">
        <div class="actions"><a i18n class="button" routerLink="/">Go to Ringside</a></div>
      </app-auth-card>
    } @else {
      <app-auth-card
        heading="Choose a new password"
        i18n-heading
        lead="It replaces the forgotten one. You are signed out everywhere."
        i18n-lead
      >
        <form class="form" (submit)="$event.preventDefault(); submit(token()!)">
          <app-password-field asked="new" [fresh]="true" [(value)]="password" />
          <app-form-foot [submission]="submission" action="Set password" i18n-action doing="Setting…" i18n-doing />
        </form>
      </app-auth-card>
    }
  `,
})
export class ResetComponent {
  protected readonly token = toSignal(inject(ActivatedRoute).fragment);
  protected readonly submission = new Submission();
  protected readonly password = signal('');
  protected readonly done = signal(false);
  protected readonly incomplete = $localize`The link is incomplete: its end is missing.`;
  /** Why the link does not work, in the server's words; '' while it is not known not to. */
  protected readonly unusable = signal('');
  private readonly api = inject(AccountApi);

  protected async submit(token: string): Promise<void> {
    const error = await this.submission.send(async () => {
      await this.api.resetPassword({ token, password: this.password() });
      this.done.set(true);
    });
    if (errorCode(error) === 'link_unusable') this.unusable.set(this.submission.error());
  }
}
