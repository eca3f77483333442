import { Component, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { MailApi } from '../../services/mail-api';
import { FormFootComponent } from '../shared/form-foot.component';
import { Submission } from '../shared/submission';
import { AuthCardComponent } from './auth-card.component';
import { EmailFieldComponent } from './email-field.component';

/** Has a link sent that sets a forgotten password. */
@Component({
  selector: 'app-forgotten',
  imports: [AuthCardComponent, EmailFieldComponent, FormFootComponent, RouterLink],
  template: `
    @if (sent()) {
      <app-auth-card heading="Look into your mail" i18n-heading>
        <p i18n>
          If {{ sent() }} has an account here, a link is on its way to it. The link sets a new password, once, within a
          day.
        </p>
        <p i18n>
          Nothing there after some minutes? Look among the unwanted mails, or ask an administrator of your team.
        </p>
        <div class="actions"><a i18n class="button" routerLink="/sign-in">Back to the sign-in</a></div>
      </app-auth-card>
    } @else {
      <app-auth-card
        heading="Forgot your password?"
        i18n-heading
        lead="You get a link by mail with which you set a new one."
        i18n-lead
      >
        <form class="form" (submit)="$event.preventDefault(); submit()">
          <app-email-field [(value)]="email" />
          <app-form-foot [submission]="submission" action="Send link" i18n-action doing="Sending…" i18n-doing />
        </form>
        <p class="auth-note"><a i18n class="link" routerLink="/sign-in">Back to the sign-in</a></p>
      </app-auth-card>
    }
  `,
})
export class ForgottenComponent {
  protected readonly submission = new Submission();
  protected readonly email = signal('');
  /** The address to which a link was asked for. */
  protected readonly sent = signal('');
  private readonly api = inject(MailApi);

  protected async submit(): Promise<void> {
    const email = this.email().trim();
    await this.submission.send(async () => {
      await this.api.forgotten(email);
      this.sent.set(email);
    });
  }
}
