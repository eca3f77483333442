import { Component, inject, resource, signal } from '@angular/core';

import { User, UserChange } from '../../models/models';
import { Account } from '../../services/account.service';
import { Clock } from '../../services/clock.service';
import { ServerInfo } from '../../services/server-info.service';
import { Submission } from '../shared/submission';
import { TeamApi } from '../../services/team-api';
import { loadErrorOf } from '../shared/load-error';
import { when } from '../../state/format';
import { ROLES, Role } from '../../state/role-words';
import { ConfirmComponent } from '../shared/confirm.component';
import { ErasePersonComponent, ErasureWish } from './erase-person.component';
import { HandOverComponent } from './hand-over.component';
import { SecretComponent } from '../shared/secret.component';
import { USER_WORDS, revoked } from './user-words';

const WHAT_ENDS = $localize`They are signed out everywhere. The API keys, spectator links and invitations that they made are revoked for good. Their sessions stay. You can reactivate the account.`;

/** The team's people: what each may do, and who may no longer come in. */
@Component({
  selector: 'app-users',
  imports: [ConfirmComponent, ErasePersonComponent, HandOverComponent, SecretComponent],
  templateUrl: './users.component.html',
  styles: `
    small {
      overflow-wrap: anywhere;
    }
  `,
})
export class UsersComponent {
  protected readonly account = inject(Account);
  private readonly api = inject(TeamApi);
  private readonly clock = inject(Clock);
  protected readonly info = inject(ServerInfo);
  protected readonly WHAT_ENDS = WHAT_ENDS;
  protected readonly words = USER_WORDS;
  protected readonly mailedHint = $localize`It is on its way to them by mail: it sets a new password, once, within a day. It is shown only this time.`;
  protected readonly sendHint = $localize`Send it only to them: it sets a new password, once, within a day. It is shown only this time.`;
  protected readonly roles = ROLES;
  protected readonly submission = new Submission();
  protected readonly deactivating = signal<User | null>(null);
  protected readonly resetting = signal<User | null>(null);
  protected readonly handing = signal<User | null>(null);
  protected readonly erasing = signal<User | null>(null);
  /** What was done, in words. */
  protected readonly done = signal('');
  protected readonly linking = signal<User | null>(null);
  protected readonly link = signal<{ readonly name: string; readonly url: string; readonly mailed: boolean } | null>(
    null,
  );
  protected readonly users = resource({ loader: () => this.api.users() });
  protected readonly loadError = loadErrorOf(this.users);

  protected day(user: User): string {
    return when(Date.parse(user.created_at), this.clock.now());
  }

  /** A role that was not given must not look as if it were. */
  protected async give(user: User, role: Role, select: HTMLSelectElement): Promise<void> {
    await this.change(user, { role });
    if (this.submission.error()) select.value = user.role;
  }

  protected async makeLink(user: User, sure: boolean): Promise<void> {
    this.linking.set(null);
    if (!sure) return;
    this.link.set(null);
    await this.submission.send(async () => {
      const { token, mailed } = await this.api.passwordLink(user.id);
      this.link.set({ name: user.name, url: `${location.origin}/reset#${token}`, mailed });
    });
  }

  protected async resetFactor(user: User, sure: boolean): Promise<void> {
    this.resetting.set(null);
    if (!sure) return;
    this.done.set('');
    await this.submission.send(async () => {
      await this.api.resetSecondFactor(user.id);
      this.users.update((users) => users?.map((one) => (one.id === user.id ? { ...one, second_factor: false } : one)));
      this.done.set($localize`${user.name}:name: has no second factor any more, and is signed out everywhere.`);
    });
  }

  protected async handOver(user: User, heir: User | null): Promise<void> {
    this.handing.set(null);
    if (heir === null) return;
    this.done.set('');
    await this.submission.send(async () => {
      const sessions = await this.api.handOver(user.id, heir.id);
      this.done.set(
        sessions === 1
          ? $localize`${heir.name}:heir: now has one session of ${user.name}:name:.`
          : $localize`${heir.name}:heir: now has ${sessions}:count: sessions of ${user.name}:name:.`,
      );
    });
  }

  protected async save(user: User): Promise<void> {
    await this.submission.send(() => this.api.exportUser(user.id));
  }

  protected async erase(user: User, wish: ErasureWish | null): Promise<void> {
    this.erasing.set(null);
    if (wish === null) return;
    this.done.set('');
    await this.submission.send(async () => {
      const erased = await this.api.erase(user.id, wish);
      this.users.update((users) => users?.map((one) => (one.id === erased.id ? { ...one, ...erased } : one)));
      this.done.set(
        $localize`The account has ended. Name, address and private sessions are erased within some minutes.`,
      );
    });
  }

  protected async deactivate(user: User, sure: boolean): Promise<void> {
    this.deactivating.set(null);
    if (sure) await this.change(user, { active: false });
  }

  /** An account that was made elsewhere on the page. */
  add(user: User): void {
    this.users.update((users) => [...(users ?? []), { ...user, second_factor: false }]);
  }

  protected async change(user: User, change: UserChange): Promise<void> {
    await this.submission.send(async () => {
      const changed = await this.api.changeUser(user.id, change);
      this.users.update((users) => users?.map((one) => (one.id === changed.id ? { ...one, ...changed } : one)));
      this.done.set(change.active === false ? revoked(changed) : '');
      // Whoever takes a right from themselves has it no longer.
      if (changed.id === this.account.me()?.user.id) await this.account.askAgain();
    });
  }
}
