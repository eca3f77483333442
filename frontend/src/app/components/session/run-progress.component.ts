import { Component, computed, input, output } from '@angular/core';

import { pausedWords } from '../../state/control-words';
import { Finding } from '../../models/models';
import { isOfBudget } from '../../state/events';
import { Origin, originWords } from '../../state/conversation';
import { duration, tokens } from '../../state/format';
import { NO_RUN, Run } from '../../state/session-state';

/** What a run does that says nothing of it itself: looked up, for it is asked for with each event. */
const PHASES = {
  queued: $localize`:a run|:Queued`,
  running: $localize`:a run|:Working`,
  waiting: $localize`:a run|:Waiting`,
  pausing: $localize`:a run|:Pausing…`,
  paused: $localize`:a run|:Paused`,
  stopping: $localize`:a run|:Stopping…`,
  idle: $localize`:no run, but agents outside of any|:Idle`,
  completed: $localize`:a run|:Finished`,
  failed: $localize`:a run|:Failed`,
  cancelled: $localize`:a run|:Stopped`,
};

/** Whether its agents wait, for a person or for something else, and none works. */
function onlyWaits({ agents }: Run): boolean {
  const statuses = [...agents.values()].map(({ status }) => status);
  return statuses.includes('waiting') && !statuses.includes('working');
}

/** One run as a whole: what it does, how far it is, how long it takes, what it costs. */
@Component({
  selector: 'app-run-progress',
  template: `
    <div class="progress-strip" [class]="run().status" [class.paused]="run().pausedAt !== null">
      <b>{{ phase() }}</b>
      @if (run().resumedAt.length) {
        <span
          class="tag warn"
          title="Its process was lost; another one continued from the last finished step"
          i18n-title
          i18n="a run|"
          >Resumed</span
        >
      }
      @if (finding(); as stuck) {
        <button type="button" class="tag bad stuck clip" [title]="stuck.sentence" i18n (click)="shown.emit(stuck)">
          Stuck: {{ stuck.sentence }}
        </button>
        @if (stuck.may_dismiss) {
          <button type="button" class="link" i18n="this run is not stuck|" (click)="dismissed.emit(stuck)">
            It is fine
          </button>
        }
      } @else if (note(); as text) {
        <span class="why clip" [title]="text">{{ text }}</span>
      } @else if (budget(); as text) {
        <span class="why budget clip" [title]="text">{{ text }}</span>
      }
      @if (origin(); as from) {
        <button type="button" class="link origin clip" [title]="originWords(from)" (click)="originChosen.emit(from)">
          {{ originWords(from) }}
        </button>
      }
      @if (mayTryAgain()) {
        <button type="button" class="link" i18n (click)="triedAgain.emit()">Try again</button>
      }
      <div
        class="progress-bar"
        role="progressbar"
        aria-label="Progress of the run"
        i18n-aria-label
        aria-valuemin="0"
        aria-valuemax="100"
        [attr.aria-valuenow]="percent()"
      >
        <i [style.width.%]="percent()"></i>
      </div>
      <span class="elapsed">{{ elapsed() }}</span>
      @if (run().tokens > 0) {
        <span class="wide-only">{{ tokenCount() }}</span>
      }
    </div>
  `,
  styleUrl: './run-progress.component.css',
})
export class RunProgressComponent {
  readonly run = input.required<Run>();
  readonly stopping = input.required<boolean>();
  readonly now = input.required<number>();
  /** What makes it look stuck. */
  readonly finding = input<Finding | null>(null);
  /** Its steps are to be looked at. */
  readonly shown = output<Finding>();
  readonly dismissed = output<Finding>();
  readonly mayTryAgain = input(false);
  readonly triedAgain = output();
  /** The run whose question it asks again. */
  readonly origin = input<Origin | null>(null);
  readonly originChosen = output<Origin>();
  protected readonly originWords = originWords;
  /** What a queued run waits for. */
  readonly waitsFor = input.required<string>();

  protected readonly percent = computed(() => Math.round(this.run().progress * 100));
  protected readonly tokenCount = computed(() => tokens(this.run().tokens));
  protected readonly phase = computed(() => {
    const run = this.run();
    if (run.pausedAt !== null && !this.stopping()) return run.status === 'running' ? PHASES.pausing : PHASES.paused;
    switch (run.status) {
      case 'queued':
        return PHASES.queued;
      case 'completed':
        return run.id === NO_RUN ? PHASES.idle : PHASES.completed;
      case 'failed':
        return PHASES.failed;
      case 'cancelled':
        return PHASES.cancelled;
      case 'waiting':
        return this.stopping() ? PHASES.stopping : PHASES.waiting;
      case 'running':
        return this.stopping() ? PHASES.stopping : (run.phase ?? (onlyWaits(run) ? PHASES.waiting : PHASES.running));
    }
  });
  protected readonly note = computed(() => {
    const run = this.run();
    if (run.pausedAt !== null && run.status !== 'running') return pausedWords(run, this.now());
    return run.reason ?? (run.status === 'queued' ? this.waitsFor() : null);
  });
  /** What was told of a budget last, while the run is not over. */
  protected readonly budget = computed(() => {
    const { endedAt, errors } = this.run();
    return endedAt === null ? (errors.filter(isOfBudget).at(-1)?.message ?? null) : null;
  });
  protected readonly elapsed = computed(() => {
    const run = this.run();
    return duration((run.endedAt ?? this.now()) - (run.startedAt ?? run.queuedAt));
  });
}
