import { Component, inject, resource, signal } from '@angular/core';

import { ChangedUser, User, UserChange } from '../../models/models';
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

const WHAT_ENDS =
  'They are signed out everywhere. The API keys, spectator links and invitations that they made are revoked for good. ' +
  'Their sessions stay. You can reactivate the account.';

/** The team's people: what each may do, and who may no longer come in. */
@Component({
  selector: 'app-users',
  imports: [ConfirmComponent, ErasePersonComponent, HandOverComponent, SecretComponent],
  template: `
    <section aria-labelledby="users">
      <h2 id="users">People</h2>
      <p class="form-error" role="alert">{{ submission.error() || loadError()?.words }}</p>
      @if (done()) {
        <p class="outcome" role="status">{{ done() }}</p>
      }
      @if (link(); as link) {
        <app-secret
          [label]="'A link for ' + link.name"
          [value]="link.url"
          [hint]="
            (link.mailed ? 'It is on its way to them by mail' : 'Send it only to them') +
            ': it sets a new password, once, within a day. It is shown only this time.'
          "
        />
      }
      @if (users.hasValue()) {
        <div class="table-scroll">
          <table class="table">
            <thead>
              <tr>
                <th>Name</th>
                <th class="wide-only">Email</th>
                <th>Role</th>
                <th class="wide-only">Since</th>
                <th><span class="sr">Actions</span></th>
              </tr>
            </thead>
            <tbody>
              @for (user of users.value(); track user.id) {
                <tr [class.off]="!user.active">
                  <th scope="row">
                    {{ user.name }}
                    @if (user.id === account.me()?.user?.id) {
                      <span class="tag">you</span>
                    }
                    @if (user.service) {
                      <span class="tag">service account</span>
                    }
                    @if (user.erased) {
                      <span class="tag">erased</span>
                    } @else if (!user.active) {
                      <span class="tag">deactivated</span>
                    }
                    @if (user.second_factor) {
                      <span class="tag">second factor</span>
                    }
                    <small class="phone-only">{{ user.email }}</small>
                  </th>
                  <td class="wide-only">{{ user.email }}</td>
                  <td>
                    <select
                      #role
                      class="select"
                      [attr.aria-label]="'Role of ' + user.name"
                      [disabled]="submission.busy() || user.erased"
                      (change)="give(user, $any(role.value), role)"
                    >
                      @for (one of roles; track one.role) {
                        <option [value]="one.role" [selected]="one.role === user.role" [title]="one.may">
                          {{ one.label }}
                        </option>
                      }
                    </select>
                  </td>
                  <td class="wide-only">{{ day(user) }}</td>
                  <td class="last">
                    @if (user.erased) {
                      <!-- Nothing can be done any more. -->
                    } @else if (user.active) {
                      @if (!user.service) {
                        <button
                          type="button"
                          class="link"
                          [attr.aria-label]="'Password link for ' + user.name"
                          [disabled]="submission.busy()"
                          (click)="linking.set(user)"
                        >
                          Password link…
                        </button>
                        @if (user.second_factor || info.info()?.provider) {
                          <button
                            type="button"
                            class="link"
                            [attr.aria-label]="'Reset the second factor of ' + user.name"
                            [disabled]="submission.busy()"
                            (click)="resetting.set(user)"
                          >
                            Reset factor…
                          </button>
                        }
                      }
                      <button
                        type="button"
                        class="link danger"
                        [attr.aria-label]="'Deactivate ' + user.name"
                        (click)="deactivating.set(user)"
                      >
                        Deactivate…
                      </button>
                    } @else {
                      <button
                        type="button"
                        class="link"
                        [attr.aria-label]="'Hand over the sessions of ' + user.name"
                        [disabled]="submission.busy()"
                        (click)="handing.set(user)"
                      >
                        Hand over…
                      </button>
                      @if (!user.service) {
                        <button
                          type="button"
                          class="link"
                          [attr.aria-label]="'Export the data of ' + user.name"
                          [disabled]="submission.busy()"
                          (click)="save(user)"
                        >
                          Export data
                        </button>
                        <button
                          type="button"
                          class="link danger"
                          [attr.aria-label]="'Erase ' + user.name"
                          [disabled]="submission.busy()"
                          (click)="erasing.set(user)"
                        >
                          Erase…
                        </button>
                      }
                      <button
                        type="button"
                        class="link"
                        [attr.aria-label]="'Reactivate ' + user.name"
                        (click)="change(user, { active: true })"
                      >
                        Reactivate
                      </button>
                    }
                  </td>
                </tr>
              }
            </tbody>
          </table>
        </div>
      }
    </section>
    @if (handing(); as user) {
      <app-hand-over [user]="user" [team]="users.value() ?? []" (closed)="handOver(user, $event)" />
    }
    @if (erasing(); as user) {
      <app-erase-person [user]="user" [team]="users.value() ?? []" (closed)="erase(user, $event)" />
    }
    @if (linking(); as user) {
      <app-confirm
        [heading]="'A password link for ' + user.name + '?'"
        action="Create link"
        [grave]="false"
        text="It sets a new password for this account and signs it out everywhere. An earlier link stops working."
        (closed)="makeLink(user, $event)"
      />
    }
    @if (resetting(); as user) {
      <app-confirm
        [heading]="'Reset the second factor of ' + user.name + '?'"
        action="Reset"
        text="For somebody who has lost their phone and their recovery codes: make sure that it is them who ask. The account is signed out everywhere and needs only its password then. It is no longer connected with a provider, unless that is its only way in."
        (closed)="resetFactor(user, $event)"
      />
    }
    @if (deactivating(); as user) {
      <app-confirm
        [heading]="'Deactivate ' + user.name + '?'"
        action="Deactivate"
        [text]="WHAT_ENDS"
        (closed)="deactivate(user, $event)"
      />
    }
  `,
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
      this.done.set(`${user.name} has no second factor any more, and is signed out everywhere.`);
    });
  }

  protected async handOver(user: User, heir: User | null): Promise<void> {
    this.handing.set(null);
    if (heir === null) return;
    this.done.set('');
    await this.submission.send(async () => {
      const sessions = await this.api.handOver(user.id, heir.id);
      this.done.set(`${heir.name} now has ${sessions === 1 ? 'one session' : `${sessions} sessions`} of ${user.name}.`);
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
      this.done.set('The account has ended. Name, address and private sessions are erased within some minutes.');
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

/** What ended with the account of somebody, in words. */
function revoked(user: ChangedUser): string {
  const ended = [
    counted(user.revoked_keys, 'API key'),
    counted(user.revoked_links, 'spectator link'),
    counted(user.revoked_invitations, 'invitation'),
  ];
  return `${user.name} is deactivated. Revoked: ${ended.join(', ')}.`;
}

function counted(count: number, noun: string): string {
  return count === 1 ? `one ${noun}` : `${count || 'no'} ${noun}s`;
}
