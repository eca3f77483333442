import { Component, computed, inject, linkedSignal, output, resource, signal } from '@angular/core';

import { UsageReport } from '../../models/models';
import { Clock } from '../../services/clock.service';
import { UsageApi } from '../../services/usage-api';
import { count } from '../../state/format';
import { Measure, SPANS, Split, columns, costs, money, questionOf, waits } from '../../state/spending-words';
import { loadErrorOf } from '../shared/load-error';
import { Submission } from '../shared/submission';
import { UsageChartComponent } from './usage-chart.component';

/** What was used over time: a chart, and in a table all that it says. */
@Component({
  selector: 'app-usage-overview',
  imports: [UsageChartComponent],
  templateUrl: './usage-overview.component.html',
  styleUrl: './usage-overview.component.css',
})
export class UsageOverviewComponent {
  /** Somebody wants to see what models cost. */
  readonly pricesAsked = output();

  private readonly api = inject(UsageApi);
  private readonly now = inject(Clock).now();
  protected readonly spans = SPANS;
  protected readonly splits: readonly { id: Split; label: string }[] = [
    { id: 'agent', label: $localize`Agent` },
    { id: 'model', label: $localize`Model` },
    { id: 'person', label: $localize`Person` },
  ];
  protected readonly splitWords = computed(() => this.splits.find(({ id }) => id === this.split())?.label);
  protected readonly measures: readonly { id: Measure; label: string }[] = [
    { id: 'cost', label: $localize`Cost` },
    { id: 'tokens', label: $localize`Tokens` },
    { id: 'runs', label: $localize`Runs` },
    { id: 'failed', label: $localize`Failures` },
    { id: 'waiting', label: $localize`:a measure|:Waiting` },
  ];
  protected readonly words = { costs, count, money, waits };
  protected readonly submission = new Submission();
  protected readonly span = signal(SPANS[0]?.id ?? '');
  protected readonly split = signal<Split>('agent');
  protected readonly chosen = computed(() => SPANS.find(({ id }) => id === this.span()) ?? SPANS[0]);
  protected readonly question = computed(() => {
    const span = this.chosen();
    return span ? questionOf(span, this.split(), this.now) : undefined;
  });
  protected readonly asked = resource({
    params: () => this.question(),
    loader: ({ params }) => this.api.usage(params),
  });
  protected readonly error = loadErrorOf(this.asked);
  /** What is shown stays while something else is asked for, so that nothing moves. */
  protected readonly usage = linkedSignal<UsageReport | null, UsageReport | null>({
    source: () => this.found(),
    computation: (found, before) => found ?? before?.value ?? null,
  });
  protected readonly measure = linkedSignal<Measure>(() => (this.usage()?.whole.costs.length ? 'cost' : 'tokens'));
  protected readonly currency = linkedSignal(() => this.usage()?.whole.costs[0]?.currency ?? '');
  protected readonly isEmpty = computed(() => {
    const whole = this.usage()?.whole;
    return whole?.runs === 0 && whole.calls === 0 && whole.input + whole.output === 0;
  });
  protected readonly columns = computed(() => {
    const usage = this.usage();
    const span = this.chosen();
    return usage && span ? columns(usage, span.step, this.measure(), this.currency()) : { periods: [], series: [] };
  });
  protected readonly unit = computed(() => {
    const units: Readonly<Record<Measure, string>> = {
      cost: this.currency(),
      tokens: $localize`:behind a number|:tokens`,
      runs: $localize`:behind a number|:runs`,
      failed: $localize`:runs, behind a number|:failed`,
      waiting: 's',
    };
    return units[this.measure()];
  });

  private found(): UsageReport | null {
    return this.asked.hasValue() ? this.asked.value() : null;
  }

  protected async save(): Promise<void> {
    const question = this.question();
    if (question) await this.submission.send(() => this.api.save(question));
  }
}
