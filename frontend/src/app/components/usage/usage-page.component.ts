import { Component, computed, inject, input, resource } from '@angular/core';
import { ActivatedRoute, Router } from '@angular/router';

import { Account } from '../../services/account.service';
import { TeamApi } from '../../services/team-api';
import { PageComponent } from '../shared/page.component';
import { TabListComponent } from '../shared/tab-list.component';
import { BudgetsComponent } from './budgets.component';
import { PricesComponent } from './prices.component';
import { QuotasComponent } from './quotas.component';
import { UsageOverviewComponent } from './usage-overview.component';

type Tab = 'overview' | 'prices' | 'budgets' | 'quotas';

/** What agents use and what that costs; for administrators also what models cost, and how much may be used. */
@Component({
  selector: 'app-usage-page',
  imports: [
    BudgetsComponent,
    PageComponent,
    PricesComponent,
    QuotasComponent,
    TabListComponent,
    UsageOverviewComponent,
  ],
  template: `
    <app-page heading="Usage" [lead]="administers() ? '' : 'What counts for you. Administrators see the team.'">
      @if (administers()) {
        <div class="tabs">
          <app-tab-list
            label="Parts of usage"
            panel="usage-panel"
            [tabs]="tabs"
            [chosen]="part()"
            (chosenChange)="show($event)"
          />
        </div>
      }
      <div
        id="usage-panel"
        [attr.role]="administers() ? 'tabpanel' : null"
        [attr.aria-labelledby]="administers() ? 'tab-' + part() : null"
      >
        @switch (part()) {
          @case ('overview') {
            <app-usage-overview (pricesAsked)="administers() && show('prices')" />
          }
          @case ('prices') {
            <app-prices />
          }
          @case ('budgets') {
            <app-budgets />
          }
          @case ('quotas') {
            <app-quotas [usage]="quotas.hasValue() ? quotas.value() : []" />
          }
        }
      </div>
    </app-page>
  `,
})
export class UsagePageComponent {
  private readonly team = inject(TeamApi);
  private readonly account = inject(Account);
  private readonly route = inject(ActivatedRoute);
  private readonly router = inject(Router);
  protected readonly administers = computed(() => this.account.isAdministrator());
  protected readonly tabs: readonly { id: Tab; label: string }[] = [
    { id: 'overview', label: 'Overview' },
    { id: 'prices', label: 'Prices' },
    { id: 'budgets', label: 'Budgets' },
    { id: 'quotas', label: 'Quotas' },
  ];
  /** From the address. */
  readonly tab = input<string>();
  protected readonly part = computed<Tab>(() => {
    const named = this.tabs.find(({ id }) => id === this.tab());
    return this.administers() && named ? named.id : 'overview';
  });
  protected readonly quotas = resource({
    params: () => (this.part() === 'quotas' ? {} : undefined),
    loader: () => this.team.quotas(),
  });

  protected show(tab: Tab): void {
    const queryParams = { tab: tab === 'overview' ? null : tab };
    void this.router.navigate([], { relativeTo: this.route, queryParams, replaceUrl: true });
  }
}
