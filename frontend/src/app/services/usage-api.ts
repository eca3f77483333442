import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import {
  addBudget,
  addPrices,
  exportUsage,
  importPrices,
  listBudgets,
  listPrices,
  readSpending,
  readUsage,
  removeBudget,
  removePrice,
} from '../models/functions';
import { BudgetStanding, BudgetWish, PriceList, PriceWish, SessionSpending, UsageReport } from '../models/models';
import { UsageQuestion } from '../state/spending-words';
import { DownloadService } from './download.service';

/** What was used, prices and budgets. Every method rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class UsageApi {
  private readonly api = inject(Api);
  private readonly downloads = inject(DownloadService);

  usage(asked: UsageQuestion): Promise<UsageReport> {
    return this.api.invoke(readUsage, { ...asked });
  }

  /** As a CSV file. Rejects when there would be none. */
  async save(asked: UsageQuestion): Promise<void> {
    const url = `${exportUsage.PATH}?${new URLSearchParams({ ...asked }).toString()}`;
    await this.downloads.save(url, () => this.usage(asked));
  }

  spending(session_id: string): Promise<SessionSpending> {
    return this.api.invoke(readSpending, { session_id });
  }

  prices(): Promise<PriceList> {
    return this.api.invoke(listPrices);
  }

  addPrice(price: PriceWish): Promise<PriceList> {
    return this.api.invoke(addPrices, { body: { prices: [price] } });
  }

  importPrices(text: string): Promise<PriceList> {
    return this.api.invoke(importPrices, { body: { text } });
  }

  async removePrice(price_id: string): Promise<void> {
    await this.api.invoke(removePrice, { price_id });
  }

  async budgets(): Promise<BudgetStanding[]> {
    return (await this.api.invoke(listBudgets)).budgets;
  }

  async addBudget(body: BudgetWish): Promise<BudgetStanding[]> {
    return (await this.api.invoke(addBudget, { body })).budgets;
  }

  async removeBudget(budget_id: string): Promise<void> {
    await this.api.invoke(removeBudget, { budget_id });
  }
}
