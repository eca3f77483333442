import { Component, computed, inject, resource, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';

import { errorCode } from '../../live/api-error';
import { AccountApi } from '../../services/account-api';
import { Account } from '../../services/account.service';
import { Submission } from '../shared/submission';
import { loadErrorOf } from '../shared/load-error';
import { Role, roleWords } from '../../state/role-words';
import { AuthCardComponent } from './auth-card.component';
import { FormFootComponent } from '../shared/form-foot.component';
import { PasswordFieldComponent } from './password-field.component';
import { PersonFieldsComponent } from './person-fields.component';

const INVITED: Readonly<Record<Role, string>> = {
  administrator: $localize`You are invited as an administrator.`,
  member: $localize`You are invited as a member.`,
  viewer: $localize`You are invited as a viewer.`,
};
const invitedBy = (name: string): Readonly<Record<Role, string>> => ({
  administrator: $localize`${name}:name: invites you as an administrator.`,
  member: $localize`${name}:name: invites you as a member.`,
  viewer: $localize`${name}:name: invites you as a viewer.`,
});

/** Where the link of an invitation leads: who invites to what, and the form that takes it up. */
@Component({
  selector: 'app-join',
  imports: [AuthCardComponent, FormFootComponent, PasswordFieldComponent, PersonFieldsComponent, RouterLink],
  templateUrl: './join.component.html',
})
export class JoinComponent {
  protected readonly token = toSignal(inject(ActivatedRoute).fragment);
  protected readonly account = inject(Account);
  protected readonly submission = new Submission();
  protected readonly name = signal('');
  protected readonly email = signal('');
  protected readonly password = signal('');
  private readonly api = inject(AccountApi);
  private readonly router = inject(Router);

  protected readonly invitation = resource({
    params: () => this.token() ?? undefined,
    loader: ({ params }) => this.api.invitation(params),
  });
  protected readonly team = computed(() =>
    this.invitation.hasValue() ? (this.invitation.value().team ?? 'Ringside') : '',
  );
  protected readonly lead = computed(() => {
    if (!this.invitation.hasValue()) return '';
    const { role, invited_by } = this.invitation.value();
    const invited = invited_by === null ? INVITED[role] : invitedBy(invited_by)[role];
    return `${invited} ${roleWords(role).may}`;
  });
  protected readonly incomplete = $localize`The link is incomplete: its end is missing.`;
  protected readonly loadError = loadErrorOf(this.invitation);

  protected async submit(token: string): Promise<void> {
    const error = await this.submission.send(async () => {
      const body = { token, name: this.name(), email: this.email().trim(), password: this.password() };
      await this.account.enter(await this.api.register(body), '/');
    });
    // The account is made, and its team lets nobody in without a second factor.
    if (errorCode(error) === 'second_factor_setup_needed') await this.router.navigateByUrl('/sign-in?step=setup');
  }

  protected async signOut(): Promise<void> {
    await this.submission.send(() => this.account.signOut());
  }
}
