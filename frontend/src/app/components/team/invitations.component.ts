import { Component, computed, inject, resource, signal } from '@angular/core';

import { Invitation } from '../../models/models';
import { Clock } from '../../services/clock.service';
import { ServerInfo } from '../../services/server-info.service';
import { Submission } from '../shared/submission';
import { TeamApi } from '../../services/team-api';
import { loadErrorOf } from '../shared/load-error';
import { moment } from '../../state/format';
import { ROLES, Role, roleWords } from '../../state/role-words';
import { VALIDITIES } from '../../state/validity';
import { SecretComponent } from '../shared/secret.component';

/** Who is invited: links are made, shown once, and withdrawn. */
@Component({
  selector: 'app-invitations',
  imports: [SecretComponent],
  template: `
    <section aria-labelledby="invitations">
      <h2 i18n id="invitations">Invitations</h2>
      <form class="form-row" (submit)="$event.preventDefault(); invite($any(role.value), +hours.value)">
        <label i18n for="invite-role">Role</label>
        <select #role id="invite-role" class="field" (change)="chosen.set($any(role.value))">
          @for (one of roles; track one.role) {
            <option [value]="one.role" [selected]="one.role === chosen()">{{ one.label }}</option>
          }
        </select>
        <label i18n="so many hours|" for="invite-hours">valid for</label>
        <select #hours id="invite-hours" class="field">
          @for (one of validities; track one.hours) {
            <option [value]="one.hours" [selected]="one.hours === 72">{{ one.label }}</option>
          }
        </select>
        @if (info.mail()) {
          <label i18n="an address|" for="invite-email">for</label>
          <input
            #address
            id="invite-email"
            class="field"
            type="email"
            maxlength="254"
            autocomplete="off"
            placeholder="Email, to send it"
            i18n-placeholder
            [value]="email()"
            (input)="email.set(address.value)"
          />
        }
        <button type="submit" class="button primary" [disabled]="submission.busy()">
          {{ email().trim() ? sendWords : linkWords }}
        </button>
      </form>
      <p class="field-hint">{{ may() }}</p>
      <p class="form-error" role="alert">{{ submission.error() || loadError()?.words }}</p>
      @if (made(); as link) {
        <app-secret label="The new link" i18n-label [value]="link.url" [hint]="link.hint" />
      }
      @if (open.hasValue() && open.value().length > 0) {
        <ul class="plain rows" aria-label="Open invitations" i18n-aria-label>
          @for (one of open.value(); track one.id) {
            <li>
              <span
                >{{ who(one) }} <small>{{ validity(one) }}</small></span
              >
              <button
                i18n
                type="button"
                class="link danger"
                [disabled]="submission.busy()"
                [attr.aria-label]="withdrawWords(one)"
                (click)="withdraw(one.id)"
              >
                Withdraw
              </button>
            </li>
          }
        </ul>
      } @else if (open.hasValue()) {
        <p i18n class="nothing">There are no open invitations.</p>
      }
    </section>
  `,
})
export class InvitationsComponent {
  private readonly api = inject(TeamApi);
  private readonly clock = inject(Clock);
  protected readonly roles = ROLES;
  protected readonly validities = VALIDITIES;
  protected readonly submission = new Submission();
  protected readonly info = inject(ServerInfo);
  /** Where the link is sent to; empty: it is copied. */
  protected readonly email = signal('');
  protected readonly chosen = signal<Role>('member');
  protected readonly sendWords = $localize`Send invitation`;
  protected readonly linkWords = $localize`Create link`;
  protected readonly may = computed(() => roleWords(this.chosen()).may);
  protected readonly made = signal<{ readonly id: string; readonly url: string; readonly hint: string } | null>(null);
  protected readonly open = resource({ loader: () => this.api.invitations() });
  protected readonly loadError = loadErrorOf(this.open);

  constructor() {
    void this.info.load().catch(() => null); // without it, the link is copied
  }

  /** As what, and to whom it was sent, if its link was not copied. */
  protected who({ role, email }: Invitation): string {
    const { label } = roleWords(role);
    return email === null ? label : $localize`:an invitation as|:${label}:role: for ${email}:email:`;
  }

  protected validity({ expires_at, invited_by }: Invitation): string {
    const until = this.time(expires_at);
    return invited_by
      ? $localize`valid until ${until}:time:, by ${invited_by}:name:`
      : $localize`valid until ${until}:time:`;
  }

  protected withdrawWords(one: Invitation): string {
    return $localize`Withdraw the invitation as ${this.who(one)}:who: until ${this.time(one.expires_at)}:time:`;
  }

  protected time(at: string): string {
    return moment(Date.parse(at), this.clock.now());
  }

  protected async invite(role: Role, valid_hours: number): Promise<void> {
    await this.submission.send(async () => {
      const email = this.email().trim();
      const { invitation, token, mailed } = await this.api.invite({ role, valid_hours, ...(email && { email }) });
      const hint = mailed
        ? $localize`It is on its way to ${email}:email:. It works once, and is shown only this time.`
        : $localize`Send it to one person: it works once. It is shown only this time.`;
      this.made.set({ id: invitation.id, url: `${location.origin}/join#${token}`, hint });
      this.email.set('');
      this.open.reload();
    });
  }

  protected async withdraw(id: string): Promise<void> {
    await this.submission.send(async () => {
      await this.api.withdraw(id);
      if (this.made()?.id === id) this.made.set(null);
      this.open.reload();
    });
  }
}
