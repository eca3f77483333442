import { Component, computed, effect, inject, input, resource, signal } from '@angular/core';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';

import { Account } from '../../services/account.service';
import { usageWarning } from '../../state/usage-words';
import { Submission } from '../shared/submission';
import { TeamApi } from '../../services/team-api';
import { ApprovalRulesComponent } from './approval-rules.component';
import { AuditTrailComponent } from './audit-trail.component';
import { ErrorLogComponent } from './error-log.component';
import { InvitationsComponent } from './invitations.component';
import { NoticeRulesComponent } from './notice-rules.component';
import { PageComponent } from '../shared/page.component';
import { PauseSwitchComponent } from '../shared/pause-switch.component';
import { ServiceAccountsComponent } from './service-accounts.component';
import { TabListComponent } from '../shared/tab-list.component';
import { TeamLinksComponent } from './team-links.component';
import { TeamMailComponent } from './team-mail.component';
import { UsersComponent } from './users.component';

type Tab = 'people' | 'links' | 'rules' | 'mail' | 'notices' | 'audit' | 'errors';

/** The team, for its administrators: its name, people, invitations, links, what was done, and what went wrong. */
@Component({
  selector: 'app-team',
  imports: [
    ApprovalRulesComponent,
    AuditTrailComponent,
    ErrorLogComponent,
    InvitationsComponent,
    NoticeRulesComponent,
    PageComponent,
    PauseSwitchComponent,
    RouterLink,
    ServiceAccountsComponent,
    TabListComponent,
    TeamLinksComponent,
    TeamMailComponent,
    UsersComponent,
  ],
  template: `
    <app-page heading="Team" i18n-heading>
      <form class="form-row team-name" (submit)="$event.preventDefault(); rename(field.value)">
        <label i18n for="team-name">Name</label>
        <input
          #field
          id="team-name"
          class="field"
          required
          maxlength="200"
          autocomplete="off"
          [value]="account.me()?.team?.name"
          (input)="changed.set(field.value.trim() !== account.me()?.team?.name)"
        />
        @if (changed()) {
          <button i18n type="submit" class="button" [disabled]="submission.busy()">Rename</button>
        }
        <p class="form-error" role="alert">{{ submission.error() }}</p>
      </form>
      <label class="check">
        <input
          #required
          type="checkbox"
          [checked]="account.me()?.team?.second_factor_required"
          [disabled]="submission.busy()"
          (change)="require(required)"
        />
        <span i18n
          >Require a second factor
          <small class="field-hint">Who has none sets one up at the next sign-in with a password.</small></span
        >
      </label>
      <app-pause-switch
        [agentId]="null"
        named="Everything of the team"
        i18n-named
        about="Pause everything: no agent of the team begins anything until it is resumed."
        i18n-about
      />
      @for (warning of warnings(); track warning) {
        <p class="hint bad" role="status">{{ warning }} <a i18n routerLink="/usage">Usage</a></p>
      }
      <div class="tabs">
        <app-tab-list
          label="Parts of the team"
          i18n-label
          panel="team-panel"
          [tabs]="tabs"
          [chosen]="part()"
          (chosenChange)="show($event)"
        />
      </div>
      <div id="team-panel" role="tabpanel" [attr.aria-labelledby]="'tab-' + part()">
        @if (part() === 'people') {
          <app-users #users />
          <app-service-accounts (added)="users.add($event)" />
          <app-invitations />
        } @else if (part() === 'links') {
          <app-team-links />
        } @else if (part() === 'rules') {
          <app-approval-rules />
        } @else if (part() === 'mail') {
          <app-team-mail />
        } @else if (part() === 'notices') {
          <app-notice-rules />
        } @else if (part() === 'audit') {
          <app-audit-trail />
        } @else {
          <app-error-log />
        }
      </div>
    </app-page>
  `,
  styleUrl: './team.component.css',
})
export class TeamComponent {
  protected readonly account = inject(Account);
  private readonly api = inject(TeamApi);
  private readonly route = inject(ActivatedRoute);
  private readonly router = inject(Router);
  protected readonly tabs: readonly { id: Tab; label: string }[] = [
    { id: 'people', label: $localize`People` },
    { id: 'links', label: $localize`Links` },
    { id: 'rules', label: $localize`Rules` },
    { id: 'mail', label: $localize`:e-mail|:Mail` },
    { id: 'notices', label: $localize`Notices` },
    { id: 'audit', label: $localize`Audit trail` },
    { id: 'errors', label: $localize`Errors` },
  ];
  /** From the address. */
  readonly tab = input<string>();
  protected readonly part = computed<Tab>(() => this.tabs.find(({ id }) => id === this.tab())?.id ?? 'people');
  protected readonly usage = resource({ loader: () => this.api.quotas() });
  protected readonly warnings = computed(() =>
    (this.usage.hasValue() ? this.usage.value() : []).map(usageWarning).filter(Boolean),
  );
  protected readonly changed = signal(false);
  protected readonly submission = new Submission();

  constructor() {
    // Administrators can take the role from themselves.
    effect(() => {
      if (this.account.me() && !this.account.isAdministrator()) void this.router.navigateByUrl('/');
    });
  }

  protected show(tab: Tab): void {
    const queryParams = { tab: tab === 'people' ? null : tab };
    void this.router.navigate([], { relativeTo: this.route, queryParams, replaceUrl: true });
  }

  protected async require(box: HTMLInputElement): Promise<void> {
    await this.submission.send(async () => {
      this.account.changeTeam(await this.api.requireSecondFactor(box.checked));
    });
    // What was not changed must not look as if it were.
    box.checked = this.account.me()?.team.second_factor_required ?? false;
  }

  protected async rename(name: string): Promise<void> {
    await this.submission.send(async () => {
      this.account.changeTeam(await this.api.rename(name));
      this.changed.set(false);
    });
  }
}
