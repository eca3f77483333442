import { Component, computed, inject, input, resource } from '@angular/core';
import { ActivatedRoute, Router } from '@angular/router';

import { Account } from '../../services/account.service';
import { TeamApi } from '../../services/team-api';
import { PageComponent } from '../shared/page.component';
import { Tab, TabListComponent } from '../shared/tab-list.component';
import { BudgetsComponent } from './budgets.component';
import { FeedbackExportComponent } from './feedback-export.component';
import { PricesComponent } from './prices.component';
import { QuotasComponent } from './quotas.component';
import { UsageOverviewComponent } from './usage-overview.component';

type Part = 'overview' | 'prices' | 'budgets' | 'quotas' | 'feedback';

/**
 * What agents use and what that costs, and what people think of what they do; for administrators also what models cost,
 * and how much may be used.
 */
@Component({
  selector: 'app-usage-page',
  imports: [
    BudgetsComponent,
    FeedbackExportComponent,
    PageComponent,
    PricesComponent,
    QuotasComponent,
    TabListComponent,
    UsageOverviewComponent,
  ],
  template: `
    <app-page heading="Usage" i18n-heading [lead]="lead()">
      <div class="tabs">
        <app-tab-list
          label="Parts of usage"
          i18n-label
          panel="usage-panel"
          [tabs]="tabs()"
          [chosen]="part()"
          (chosenChange)="show($event)"
        />
      </div>
      <div id="usage-panel" role="tabpanel" [attr.aria-labelledby]="'tab-' + part()">
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
          @case ('feedback') {
            <app-feedback-export />
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
  protected readonly lead = computed(() =>
    this.administers() ? '' : $localize`What counts for you. Administrators see the team.`,
  );
  protected readonly tabs = computed<readonly Tab<Part>[]>(() => [
    { id: 'overview', label: $localize`Overview` },
    { id: 'prices', label: $localize`Prices`, hidden: !this.administers() },
    { id: 'budgets', label: $localize`Budgets`, hidden: !this.administers() },
    { id: 'quotas', label: $localize`Quotas`, hidden: !this.administers() },
    { id: 'feedback', label: $localize`Feedback` },
  ]);
  /** From the address. */
  readonly tab = input<string>();
  protected readonly part = computed<Part>(() => {
    const named = this.tabs().find(({ id, hidden }) => id === this.tab() && !hidden);
    return named?.id ?? 'overview';
  });
  protected readonly quotas = resource({
    params: () => (this.part() === 'quotas' ? {} : undefined),
    loader: () => this.team.quotas(),
  });

  protected show(tab: Part): void {
    const queryParams = { tab: tab === 'overview' ? null : tab };
    void this.router.navigate([], { relativeTo: this.route, queryParams, replaceUrl: true });
  }
}
