import { Component, computed, inject, resource, signal } from '@angular/core';

import { ApiKey } from '../../models/models';
import { Account } from '../../services/account.service';
import { Clock } from '../../services/clock.service';
import { Submission } from '../shared/submission';
import { TeamApi } from '../../services/team-api';
import { loadErrorOf } from '../shared/load-error';
import { KEY_VALIDITIES, KeyValidity, expiryOf } from '../../state/key-expiry';
import { when } from '../../state/format';
import { ConfirmComponent } from '../shared/confirm.component';
import { PageComponent } from '../shared/page.component';
import { SecretComponent } from '../shared/secret.component';

type Scope = ApiKey['scopes'][number];

const SCOPES: readonly { readonly scope: Scope; readonly may: string }[] = [
  { scope: 'read', may: $localize`watch sessions and read their log` },
  { scope: 'emit', may: $localize`send the events of agents outside Ringside` },
  { scope: 'run', may: $localize`create and rename sessions, add documents, ask, stop runs` },
  { scope: 'manage', may: $localize`share sessions, delete sessions and documents` },
  { scope: 'work', may: $localize`claim questions to agents that are programs, and answer them` },
];

/** The keys by which programs sign in. */
@Component({
  selector: 'app-api-keys',
  imports: [ConfirmComponent, PageComponent, SecretComponent],
  templateUrl: './api-keys.component.html',
  styleUrl: './api-keys.component.css',
})
export class ApiKeysComponent {
  protected readonly account = inject(Account);
  private readonly api = inject(TeamApi);
  private readonly clock = inject(Clock);

  protected readonly scopes = SCOPES;
  protected readonly submission = new Submission();
  protected readonly wholeTeam = signal(false);
  /** What the list of keys is called, what shows the other one, and what stands in place of an empty one. */
  protected readonly words = computed(() =>
    this.wholeTeam()
      ? {
          heading: $localize`Keys of the team`,
          other: $localize`Show only your keys`,
          nothing: $localize`There are no keys in this team yet.`,
        }
      : {
          heading: $localize`Your keys`,
          other: $localize`Show the keys of the whole team`,
          nothing: $localize`There are no keys yet.`,
        },
  );
  protected readonly name = signal('');
  protected readonly chosen = signal<readonly Scope[]>(['read']);
  protected readonly validities = KEY_VALIDITIES;
  protected readonly validity = signal<KeyValidity>(90);
  /** The service account that the new key is for; empty: whoever is signed in. */
  protected readonly forUser = signal('');
  protected readonly made = signal<string | null>(null);
  protected readonly revoking = signal<ApiKey | null>(null);
  protected readonly keys = resource({
    params: () => ({ wholeTeam: this.wholeTeam() }),
    loader: ({ params }) => this.api.keys(params.wholeTeam),
  });
  protected readonly loadError = loadErrorOf(this.keys);
  /** Those of programs, for whom administrators make keys. */
  protected readonly serviceAccounts = resource({
    params: () => (this.account.isAdministrator() ? true : undefined),
    loader: async () => (await this.api.users()).filter((user) => user.service && user.active),
  });
  protected readonly example = computed(
    () => `curl -H "Authorization: Bearer ${this.made()}" ${location.origin}/api/sessions`,
  );

  protected choose(scope: Scope, on: boolean): void {
    this.chosen.set(SCOPES.map((one) => one.scope).filter((one) => (one === scope ? on : this.chosen().includes(one))));
  }

  protected day(time: string | null): string {
    return time === null ? $localize`never` : when(Date.parse(time), this.clock.now());
  }

  protected revokeWords({ name }: ApiKey): string {
    return $localize`Revoke ${name}:name:`;
  }

  protected expiry(key: ApiKey): string {
    return expiryOf(key.expires_at, this.clock.now());
  }

  protected async make(): Promise<void> {
    await this.submission.send(async () => {
      const { secret } = await this.api.createKey({
        name: this.name(),
        scopes: [...this.chosen()],
        valid_days: this.validity(),
        ...(this.forUser() ? { user_id: this.forUser() } : {}),
      });
      this.made.set(secret);
      this.name.set('');
      if (this.forUser()) this.wholeTeam.set(true);
      this.keys.reload();
    });
  }

  protected async revoke(key: ApiKey, sure: boolean): Promise<void> {
    this.revoking.set(null);
    if (!sure) return;
    await this.submission.send(async () => {
      await this.api.revokeKey(key.id);
      this.keys.reload();
    });
  }
}
