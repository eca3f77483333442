import { Component, inject, linkedSignal, resource, signal } from '@angular/core';

import { ModelPrice, PriceList, UnpricedModel } from '../../models/models';
import { Clock } from '../../services/clock.service';
import { UsageApi } from '../../services/usage-api';
import { count, when } from '../../state/format';
import { AMOUNT, amount, micros } from '../../state/spending-words';
import { ConfirmComponent } from '../shared/confirm.component';
import { loadErrorOf } from '../shared/load-error';
import { Submission } from '../shared/submission';

const EMPTY = { model: '', currency: 'EUR', input: '', cached: '', output: '', reasoning: '', past: false };
type Typed = typeof EMPTY;

/** What models cost. A price is never changed: another one counts from its moment on. */
@Component({
  selector: 'app-prices',
  imports: [ConfirmComponent],
  templateUrl: './prices.component.html',
  styleUrl: './prices.component.css',
})
export class PricesComponent {
  private readonly api = inject(UsageApi);
  private readonly clock = inject(Clock);
  protected readonly submission = new Submission();
  protected readonly importing = new Submission();
  protected readonly words = { amount, count };
  private readonly asked = resource({ loader: () => this.api.prices() });
  protected readonly error = loadErrorOf(this.asked);
  protected readonly list = linkedSignal<PriceList | null>(() => (this.asked.hasValue() ? this.asked.value() : null));
  protected readonly typed = signal<Typed>(EMPTY);
  protected readonly text = signal('');
  protected readonly removing = signal<ModelPrice | null>(null);
  protected readonly told = signal('');

  protected type(more: Partial<Typed>): void {
    this.typed.update((before) => ({ ...before, ...more }));
  }

  /** The form, filled in with a model that has no price: from all that was used on. */
  protected take(unpriced: UnpricedModel, field: HTMLElement): void {
    this.typed.update(({ currency }) => ({ ...EMPTY, currency, model: unpriced.model, past: true }));
    field.focus();
  }

  protected change(price: ModelPrice, field: HTMLElement): void {
    this.typed.set({
      model: price.model,
      currency: price.currency,
      input: amount(price.input),
      cached: amount(price.cached_input),
      output: amount(price.output),
      reasoning: amount(price.reasoning),
      past: false,
    });
    field.focus();
  }

  protected async add(): Promise<void> {
    const typed = this.typed();
    const [input, output, cached, reasoning] = [typed.input, typed.output, typed.cached, typed.reasoning].map(micros);
    this.told.set('');
    await this.submission.send(async () => {
      const wrong = (price: number | null | undefined, as: string): boolean => price === null && as.trim() !== '';
      if (wrong(cached, typed.cached) || wrong(reasoning, typed.reasoning)) throw new Error(AMOUNT);
      if (input == null || output == null)
        throw new Error($localize`Prices of input and output are needed. ${AMOUNT}:how:`);
      this.list.set(
        await this.api.addPrice({
          model: typed.model,
          currency: typed.currency.trim().toUpperCase(),
          input,
          output,
          cached_input: cached,
          reasoning,
          valid_from: typed.past ? '1970-01-01T00:00:00Z' : null,
        }),
      );
      this.told.set($localize`The price of ${typed.model}:model: is known.`);
      this.typed.set({ ...EMPTY, currency: typed.currency });
    });
  }

  protected async import(): Promise<void> {
    this.told.set('');
    await this.importing.send(async () => {
      this.list.set(await this.api.importPrices(this.text()));
      this.text.set('');
      this.told.set($localize`The list was taken.`);
    });
  }

  protected async decided(price: ModelPrice, sure: boolean): Promise<void> {
    this.removing.set(null);
    if (!sure) return;
    await this.submission.send(async () => {
      await this.api.removePrice(price.id);
      this.list.set(await this.api.prices());
    });
  }

  protected changeWords(price: ModelPrice): string {
    return $localize`Change the price of ${price.model}:model:`;
  }

  protected removeWords(price: ModelPrice): string {
    return $localize`Remove the price of ${price.model}:model:`;
  }

  protected since(price: ModelPrice): string {
    const at = Date.parse(price.valid_from);
    return at <= 0 ? $localize`always` : when(at, this.clock.now());
  }
}
