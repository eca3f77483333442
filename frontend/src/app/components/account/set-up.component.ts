import { Component, computed, inject, resource, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';

import { AccountApi } from '../../services/account-api';
import { Account } from '../../services/account.service';
import { Notices } from '../../services/notices.service';
import { Submission } from '../shared/submission';
import { loadErrorOf } from '../shared/load-error';
import { AuthCardComponent } from './auth-card.component';
import { FormFootComponent } from '../shared/form-foot.component';
import { PasswordFieldComponent } from './password-field.component';
import { PersonFieldsComponent } from './person-fields.component';

/** The first visit: whoever has the link that the start printed founds the team. */
@Component({
  selector: 'app-set-up',
  imports: [AuthCardComponent, FormFootComponent, PasswordFieldComponent, PersonFieldsComponent, RouterLink],
  template: `
    @if (loadError() && account.authState() !== 'setup-needed' && !loadError()?.passing) {
      <app-auth-card
        heading="Ringside is set up already"
        i18n-heading
        lead="This link was for the first visit. Sign in, or ask an administrator for an invitation."
        i18n-lead
      >
        <div class="actions"><a i18n class="button primary" routerLink="/">Go to Ringside</a></div>
      </app-auth-card>
    } @else if (loadError()) {
      <app-auth-card heading="This link cannot be used" i18n-heading [lead]="loadError()?.words ?? ''">
        <div class="actions">
          @if (loadError()?.passing) {
            <button i18n type="button" class="button primary" (click)="invitation.reload()">Try again</button>
          }
          <a i18n class="button" routerLink="/">Go to Ringside</a>
        </div>
      </app-auth-card>
    } @else if (token() && !invitation.hasValue()) {
      <app-auth-card heading="Loading…" i18n-heading />
    } @else if (token(); as token) {
      <app-auth-card
        heading="Set up Ringside"
        i18n-heading
        lead="You become the administrator and can invite others later."
        i18n-lead
      >
        <form class="form" (submit)="$event.preventDefault(); submit(token)">
          <div class="form-field">
            <label i18n for="team">Team</label>
            <input
              #field
              id="team"
              class="field"
              required
              maxlength="200"
              autocomplete="organization"
              [value]="team()"
              (input)="team.set(field.value)"
            />
          </div>
          <app-person-fields [(name)]="name" [(email)]="email" />
          <app-password-field [fresh]="true" [(value)]="password" />
          <app-form-foot [submission]="submission" action="Set up" i18n-action doing="Setting up…" i18n-doing />
        </form>
      </app-auth-card>
    } @else {
      <app-auth-card heading="Not set up yet" i18n-heading lead="This server has no account yet." i18n-lead>
        <p i18n>
          When it started, it printed a link to its log. Open that link: it makes you the administrator. It works once,
          within a day.
        </p>
        <pre class="example">
ringside: there is no account yet. …
ringside:   {{ origin }}/setup#…</pre>
        <p i18n class="auth-note">If the link has expired, restart the server: it prints a new one.</p>
        <div class="actions">
          <button type="button" class="button" [disabled]="looking()" (click)="look()">
            {{ lookWords() }}
          </button>
        </div>
      </app-auth-card>
    }
  `,
})
export class SetUpComponent {
  protected readonly token = toSignal(inject(ActivatedRoute).fragment);
  protected readonly account = inject(Account);
  protected readonly submission = new Submission();
  protected readonly team = signal('');
  protected readonly name = signal('');
  protected readonly email = signal('');
  protected readonly password = signal('');
  protected readonly looking = signal(false);
  protected readonly lookWords = computed(() => (this.looking() ? $localize`Checking…` : $localize`Check again`));
  protected readonly origin = location.origin;

  private readonly api = inject(AccountApi);
  private readonly notices = inject(Notices);
  private readonly router = inject(Router);

  protected readonly invitation = resource({
    params: () => this.token() ?? undefined,
    loader: ({ params }) => this.api.invitation(params),
  });
  protected readonly loadError = loadErrorOf(this.invitation);

  protected async submit(token: string): Promise<void> {
    await this.submission.send(async () => {
      const body = {
        token,
        team: this.team(),
        name: this.name(),
        email: this.email().trim(),
        password: this.password(),
      };
      await this.account.enter(await this.api.setUp(body), '/');
    });
  }

  /** Somebody else may have set it up meanwhile. */
  protected async look(): Promise<void> {
    this.looking.set(true);
    try {
      await this.account.askAgain();
      await this.router.navigateByUrl('/');
    } catch (error: unknown) {
      if (!this.account.refused(error)) this.notices.add(error);
    }
    this.looking.set(false);
  }
}
