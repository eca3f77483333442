import {
  Component,
  ElementRef,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { RouterLink } from '@angular/router';

import { Clock } from '../../services/clock.service';
import { Comparison, Side } from '../../services/comparison';
import { Layout } from '../../services/layout.service';
import { AlignedRow } from '../../state/alignment';
import { asCount, asTime, measured, runWords, timeOf, tokensOf } from '../../state/difference-words';
import { readable } from '../../state/format';
import { activityIdOf } from '../../state/session-address';
import { Activity, Run } from '../../state/session-state';
import { costs } from '../../state/spending-words';
import { IconComponent } from '../shared/icon.component';
import { RowWindow } from '../session/row-window';
import { TextDifferenceComponent } from './text-difference.component';

const ROW = 46;
/** Deeper steps are drawn no further to the right: there would be no room for their names. */
const DEEPEST = 20;
const NAMES = ['A', 'B'] as const;
const STATUSES: Readonly<Record<Activity['status'], string>> = {
  started: $localize`:a step|:started`,
  'in-progress': $localize`:a step|:in-progress`,
  waiting: $localize`:a step|:waiting`,
  completed: $localize`:a step|:completed`,
  failed: $localize`:a step|:failed`,
  cancelled: $localize`:a step|:cancelled`,
};

/** Two runs side by side: what they came to, and their steps in rows. */
@Component({
  selector: 'app-compare',
  imports: [IconComponent, RouterLink, TextDifferenceComponent],
  templateUrl: './compare.component.html',
  styleUrl: './compare.component.css',
  providers: [Comparison],
  host: { '(document:keydown.escape)': 'choose(null)' },
})
export class CompareComponent {
  /** From the address: the ids of the runs, and their sessions where the ids alone do not say which. */
  readonly a = input<string>();
  readonly b = input<string>();
  readonly aSession = input<string>();
  readonly bSession = input<string>();

  protected readonly layout = inject(Layout);
  private readonly clock = inject(Clock);
  private readonly comparison = inject(Comparison);
  private readonly viewport = viewChild<ElementRef<HTMLElement>>('viewport');

  protected readonly names = NAMES;
  protected readonly session = $localize`Session`;
  protected readonly sides = this.comparison.sides;
  protected readonly rows = this.comparison.rows;
  protected readonly ready = computed(() => this.sides()?.every((side) => side.ready()) === true);
  protected readonly error = computed(() => {
    if (!this.a() || !this.b()) return $localize`The address names no two runs. It has to be /compare?a=…&b=….`;
    const at = this.sides()?.findIndex((side) => side.error() !== '') ?? -1;
    const [name, why] = [NAMES[at] ?? '', this.sides()?.[at]?.error() ?? ''];
    return at < 0 ? '' : $localize`Run ${name}:name: cannot be shown. ${why}:why:`;
  });
  /** Whether one of them goes on. */
  private readonly live = computed(() => this.sides()?.some((side) => side.run()?.endedAt === null) === true);

  protected readonly rowHeight = ROW;
  protected readonly window = new RowWindow(
    this.viewport,
    computed(() => this.rows().length),
    ROW,
    () => undefined,
  );
  private readonly runEnds = computed(() => this.sides()?.map((side) => side.run()?.endedAt ?? null) ?? []);
  protected readonly shown = computed(() => {
    const [now, ends] = [this.clock.now(), this.runEnds()];
    return this.rows()
      .slice(this.window.start(), this.window.end())
      .map((row) => {
        const { left, right } = row;
        const [one, other] = [timeOf(left, ends[0] ?? null, now), timeOf(right, ends[1] ?? null, now)];
        return {
          row,
          key: keyOf(row),
          name: this.nameOf(row),
          indent: Math.min(row.depth, DEEPEST) * 14,
          agent: (left ?? right)?.agent ?? '',
          alone: left && right ? '' : $localize`Only in ${left ? 'A' : 'B'}:name:`,
          status:
            left && right && left.status !== right.status ? `${STATUSES[left.status]} → ${STATUSES[right.status]}` : '',
          time: measured(one, other, asTime),
          tokens: measured(tokensOf(left), tokensOf(right), asCount, (size) => size === 0),
        };
      });
  });

  /** What each came to. */
  protected readonly totals = computed(() => {
    const sides = this.sides();
    if (!sides || !this.ready()) return [];
    const now = this.clock.now();
    const [left, right] = sides;
    const took = ({ run }: Side): number | null => tookOf(run(), now);
    return [
      {
        name: $localize`Status`,
        left: runWords(left.run()?.status),
        right: runWords(right.run()?.status),
        difference: '',
      },
      { name: $localize`:how long it takes|:Time`, ...measured(took(left), took(right), asTime) },
      { name: $localize`Steps`, ...measured(left.steps().length, right.steps().length, asCount) },
      {
        name: $localize`Tokens`,
        ...measured(left.run()?.tokens ?? null, right.run()?.tokens ?? null, asCount, (size) => size === 0),
      },
      { name: $localize`Cost`, left: costs(left.costs()), right: costs(right.costs()), difference: '' },
    ];
  });
  protected readonly summary = computed(() => {
    const rows = this.rows();
    const both = rows.filter(({ left, right }) => left && right).length;
    const [a, b] = [rows.filter(({ right }) => !right).length, rows.filter(({ left }) => !left).length];
    return $localize`${asCount(both)}:both: steps in both, ${asCount(a)}:inA: only in A, ${asCount(b)}:inB: only in B`;
  });
  /** Said once, when both are there: rows that come later would not let a screen reader rest. */
  protected readonly announced = linkedSignal({
    source: this.ready,
    computation: (ready) => (ready ? untracked(this.summary) : ''),
  });

  private readonly chosenKey = signal<string | null>(null);
  protected readonly chosen = computed(() => this.rows().find((row) => keyOf(row) === this.chosenKey()) ?? null);

  /** What the chosen step took in each, and how it ended. */
  protected readonly took = computed(() => {
    const [row, ends, now] = [this.chosen(), this.runEnds(), this.clock.now()];
    const words = (step: Activity | null, at: 0 | 1): string => {
      const name = NAMES[at];
      if (!step) return $localize`${name}:name:: no such step.`;
      const [status, tokens] = [STATUSES[step.status], tokensOf(step) ?? 0];
      const took = asTime(timeOf(step, ends[at] ?? null, now) ?? 0);
      return tokens > 0
        ? $localize`${name}:name:: ${status}:status:, ${took}:time:, ${asCount(tokens)}:count: tokens.`
        : $localize`${name}:name:: ${status}:status:, ${took}:time:.`;
    };
    return row ? `${words(row.left, 0)} ${words(row.right, 1)}` : '';
  });

  constructor() {
    effect(() => {
      const [a, b] = [this.a(), this.b()];
      const [inA, inB] = [this.aSession() ?? null, this.bSession() ?? null];
      if (!a || !b) return;
      untracked(() => {
        this.chosenKey.set(null);
        void this.comparison.open({ runId: a, sessionId: inA }, { runId: b, sessionId: inB });
      });
    });
    effect(() => this.clock.run(this.live()));
  }

  protected choose(key: string | null): void {
    this.chosenKey.update((before) => (before === key ? null : key));
  }

  protected nameOf({ left, right }: AlignedRow): string {
    return left && right && left.action !== right.action
      ? `${left.action} → ${right.action}`
      : ((left ?? right)?.action ?? '');
  }

  protected text(value: unknown): string {
    return readable(value);
  }

  protected stepQuery(step: Activity): Record<string, string> {
    return { run: step.runId, step: activityIdOf(step) };
  }
}

/** What stands in one row stays there while a run goes on, unless it finds a likeness. */
function keyOf({ left, right }: AlignedRow): string {
  return `${left?.key ?? ''} ${right?.key ?? ''}`;
}

function tookOf(run: Run | null, now: number): number | null {
  return run && (run.endedAt ?? now) - (run.startedAt ?? run.queuedAt);
}
