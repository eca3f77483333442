import { Component, computed, inject, resource, signal } from '@angular/core';

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
          <app-tab-list label="Parts of usage" panel="usage-panel" [tabs]="tabs" [(chosen)]="tab" />
        </div>
      }
      <div
        id="usage-panel"
        [attr.role]="administers() ? 'tabpanel' : null"
        [attr.aria-labelledby]="administers() ? 'tab-' + tab() : null"
      >
        @switch (tab()) {
          @case ('overview') {
            <app-usage-overview (pricesAsked)="administers() && tab.set('prices')" />
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
  protected readonly administers = computed(() => this.account.isAdministrator());
  protected readonly tabs: readonly { id: Tab; label: string }[] = [
    { id: 'overview', label: 'Overview' },
    { id: 'prices', label: 'Prices' },
    { id: 'budgets', label: 'Budgets' },
    { id: 'quotas', label: 'Quotas' },
  ];
  protected readonly tab = signal<Tab>('overview');
  protected readonly quotas = resource({
    params: () => (this.tab() === 'quotas' ? {} : undefined),
    loader: () => this.team.quotas(),
  });
}
