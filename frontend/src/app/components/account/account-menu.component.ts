import { Component, computed, inject } from '@angular/core';
import { Router } from '@angular/router';

import { environment } from '../../../environments/environment';
import { Account } from '../../services/account.service';
import { BROWSER } from '../../services/browser';
import { Command, Commands } from '../../services/commands.service';
import { chooseLanguage, pageLanguage } from '../../services/language';
import { Layout } from '../../services/layout.service';
import { Notices } from '../../services/notices.service';
import { Shortcuts } from '../../services/shortcuts.service';
import { LANGUAGES, Language } from '../../state/languages';
import { roleWords } from '../../state/role-words';
import { MenuComponent, MenuItem } from '../shared/menu.component';

const SHORTCUTS = 'shortcuts';
const DESCRIPTION = 'openapi';
const WORKER = 'worker';
const SIGN_OUT = 'sign-out';
/** What is no page of its own. */
const OTHERS: readonly string[] = [SHORTCUTS, DESCRIPTION, SIGN_OUT, ...Object.keys(LANGUAGES)];
/** By which words they are found, too. */
const MEANT: Readonly<Record<string, string>> = {
  team: $localize`people invitations links rules approvals tools mail notices audit errors settings`,
  usage: $localize`costs budgets prices quotas tokens feedback data sets`,
  security: $localize`password passkeys second factor`,
  data: $localize`export privacy`,
  [SIGN_OUT]: $localize`log out leave`,
  ...Object.fromEntries(Object.keys(LANGUAGES).map((id) => [id, $localize`language`])),
};

const LANGUAGE_ITEMS = Object.entries(LANGUAGES).map(([id, label]) => ({ id, label }));

/** Who is signed in, and what belongs to that account. */
@Component({
  selector: 'app-account-menu',
  imports: [MenuComponent],
  template: `
    @if (account.me(); as me) {
      <app-menu
        label="Your account"
        i18n-label
        [named]="true"
        look="account-button"
        [items]="items()"
        (chosen)="choose($event)"
      >
        <span i18n class="sr">Your account, </span>
        <span class="initial" aria-hidden="true">{{ initial() }}</span>
        <span class="account-words"
          ><span class="clip">{{ me.user.name }}</span
          ><small class="clip">{{ me.team.name }} · {{ role() }}</small></span
        >
      </app-menu>
    }
  `,
  styleUrl: './account-menu.component.css',
})
export class AccountMenuComponent {
  protected readonly account = inject(Account);
  private readonly browser = inject(BROWSER);
  private readonly layout = inject(Layout);
  private readonly shortcuts = inject(Shortcuts);
  private readonly notices = inject(Notices);
  private readonly router = inject(Router);

  protected readonly initial = computed(() => (this.account.me()?.user.name ?? '').charAt(0).toUpperCase());
  protected readonly role = computed(() => {
    const me = this.account.me();
    return me ? roleWords(me.user.role).label : '';
  });
  protected readonly items = computed<MenuItem[]>(() => [
    ...(this.account.isAdministrator()
      ? [
          { id: 'team', label: $localize`Team` },
          { id: 'agents', label: $localize`Agents` },
          { id: 'operations', label: $localize`Operations` },
        ]
      : []),
    { id: 'usage', label: $localize`Usage` },
    ...(this.account.mayWork() ? [{ id: 'connect', label: $localize`Connect your agents` }] : []),
    ...(this.account.mayWork() ? [{ id: WORKER, label: $localize`Worker` }] : []),
    { id: 'notices', label: $localize`Notices` },
    { id: 'keys', label: $localize`API keys` },
    { id: 'security', label: $localize`Security` },
    { id: 'data', label: $localize`Your data` },
    { id: SHORTCUTS, label: $localize`Keyboard shortcuts`, apart: true },
    { id: DESCRIPTION, label: $localize`API description` },
    ...LANGUAGE_ITEMS.map((item, at) => ({ ...item, checked: item.id === pageLanguage(), apart: at === 0 })),
    { id: SIGN_OUT, label: $localize`Sign out`, apart: true },
  ]);

  private readonly offered = computed<Command[]>(() =>
    this.items().map(({ id, label }) => ({
      id,
      label,
      group: OTHERS.includes(id) ? 'Ringside' : 'Go to',
      also: MEANT[id],
      run: () => this.choose(id),
    })),
  );

  constructor() {
    inject(Commands).contribute(this.offered);
  }

  protected async choose(item: string): Promise<void> {
    this.layout.sessionsOpen.set(false);
    try {
      if (item === SIGN_OUT) await this.account.signOut();
      else if (item === SHORTCUTS) this.shortcuts.asked.next();
      else if (item === DESCRIPTION) this.browser.openBeside(environment.apiDescription);
      else if (item === WORKER)
        this.browser.openBeside('/worker'); // it answers as long as it is open
      else if (item in LANGUAGES) this.speak(item as Language);
      else await this.router.navigate(['/', item]);
    } catch (error: unknown) {
      this.notices.add(error);
    }
  }

  private speak(language: Language): void {
    chooseLanguage(language);
    this.browser.load(this.router.url.split('#')[0] ?? '/'); // with its place in the page, nothing would be loaded
  }
}
