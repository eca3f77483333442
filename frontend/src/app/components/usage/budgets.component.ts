import { Component, computed, inject, linkedSignal, resource, signal } from '@angular/core';

import { BudgetStanding, BudgetWish, User } from '../../models/models';
import { AgentsApi } from '../../services/agents-api';
import { TeamApi } from '../../services/team-api';
import { UsageApi } from '../../services/usage-api';
import { AMOUNT, budgetTyped, budgetWhose, budgetWords } from '../../state/spending-words';
import { ConfirmComponent } from '../shared/confirm.component';
import { loadErrorOf } from '../shared/load-error';
import { Submission } from '../shared/submission';

/** How much may be used, by whom, and what happens at the limit. */
@Component({
  selector: 'app-budgets',
  imports: [ConfirmComponent],
  templateUrl: './budgets.component.html',
  styleUrls: ['./used.css', './budgets.component.css'],
})
export class BudgetsComponent {
  private readonly api = inject(UsageApi);
  private readonly agentsApi = inject(AgentsApi);
  private readonly teamApi = inject(TeamApi);
  protected readonly submission = new Submission();
  protected readonly words = { budgetWhose, budgetWords };
  private readonly asked = resource({ loader: () => this.api.budgets() });
  protected readonly error = loadErrorOf(this.asked);
  protected readonly budgets = linkedSignal<BudgetStanding[] | null>(() =>
    this.asked.hasValue() ? this.asked.value() : null,
  );
  protected readonly scope = signal<BudgetWish['scope']>('team');
  protected readonly unit = signal<BudgetWish['unit']>('money');
  protected readonly typed = signal('');
  protected readonly removing = signal<BudgetStanding | null>(null);
  private readonly agents = resource({
    params: () => (this.scope() === 'agent' ? {} : undefined),
    loader: () => this.agentsApi.agents(),
  });
  private readonly people = resource({
    params: () => (this.scope() === 'user' ? {} : undefined),
    loader: () => this.teamApi.users(),
  });
  /** Of whom the budget may be; nothing: each has one. */
  protected readonly targets = computed<readonly { id: string; name: string }[]>(() => {
    if (this.scope() === 'agent') return this.agents.hasValue() ? this.agents.value() : [];
    const people: readonly User[] = this.people.hasValue() ? this.people.value() : [];
    return this.scope() === 'user' ? people.filter(({ active }) => active) : [];
  });

  protected readonly asksWords = $localize`:of a budget|:pauses and asks`;
  protected readonly tellsWords = $localize`:of a budget|:tells`;

  protected usedWords(budget: BudgetStanding): string {
    return $localize`Used of the budget: ${budgetWhose(budget)}:whose:`;
  }

  protected removeWords(budget: BudgetStanding): string {
    return $localize`Remove the budget: ${budgetWhose(budget)}:whose:`;
  }

  protected percent(budget: BudgetStanding): number {
    return Math.min(100, Math.floor(((budget.used ?? 0) / budget.limit) * 100));
  }

  protected async add(target: string, period: string, currency: string, hard: boolean): Promise<void> {
    const unit = this.unit();
    await this.submission.send(async () => {
      const at_most = budgetTyped(unit, this.typed());
      if (at_most === null)
        throw new Error(unit === 'tokens' ? $localize`Give a whole number, such as 250000.` : AMOUNT);
      const wish: BudgetWish = {
        scope: this.scope(),
        period: period as BudgetStanding['period'],
        unit,
        at_most,
        hard,
        ...(target ? { target } : {}),
        ...(unit === 'money' ? { currency: currency.trim().toUpperCase() } : {}),
      };
      this.budgets.set(await this.api.addBudget(wish));
      this.typed.set('');
    });
  }

  protected async decided(budget: BudgetStanding, sure: boolean): Promise<void> {
    this.removing.set(null);
    if (!sure) return;
    await this.submission.send(async () => {
      await this.api.removeBudget(budget.id);
      this.budgets.set(await this.api.budgets());
    });
  }
}
