import { Component, computed, inject, input, linkedSignal, output } from '@angular/core';

import { AgentActivityService } from '../../services/agent-activity.service';
import { runsFrom } from '../../state/conversation';
import { hasEnded } from '../../state/events';
import { activityIdOf } from '../../state/session-address';
import { Activity } from '../../state/session-state';
import { StepCopyComponent } from './step-copy.component';
import { StepRestartComponent } from './step-restart.component';

/** What can be done with a step: to run again from it, to see which runs did, and to take it elsewhere. */
@Component({
  selector: 'app-step-actions',
  imports: [StepCopyComponent, StepRestartComponent],
  template: `
    @for (one of later(); track one.id) {
      <button type="button" class="link" i18n="what was done|" (click)="runChosen.emit(one.id)">
        Run again in run {{ one.number }}
      </button>
    }
    @if (mayRestart()) {
      <button type="button" class="link" i18n (click)="asking.set(true)">Run again from here…</button>
    }
    <app-step-copy [activity]="activity()" [sessionId]="sessionId()" />
    @defer (when asking()) {
      @if (asking()) {
        <app-step-restart [activity]="activity()" [sessionId]="sessionId()" (closed)="restarted($event)" />
      }
    }
  `,
  styleUrl: './step-actions.component.css',
})
export class StepActionsComponent {
  readonly activity = input.required<Activity>();
  readonly sessionId = input.required<string>();
  /** Whether nothing of the session can be changed here. */
  readonly fixed = input.required<boolean>();
  readonly runChosen = output<string>();

  private readonly store = inject(AgentActivityService);
  /** What follows it alone is not begun anew with each event of the step. */
  private readonly key = computed(() => this.activity().key);
  protected readonly asking = linkedSignal({ source: this.key, computation: () => false });
  protected readonly later = computed(() =>
    runsFrom(this.activity().runId, activityIdOf(this.activity()), this.store.runs()),
  );
  protected readonly mayRestart = computed(() => {
    const run = this.store.presentRuns().find(({ id }) => id === this.activity().runId);
    return !this.fixed() && run !== undefined && run.ours && hasEnded(run.status) && this.activity().parentKey !== null;
  });

  protected restarted(runId: string | null): void {
    this.asking.set(false);
    if (runId !== null) this.runChosen.emit(runId);
  }
}
