import { Component, input, output } from '@angular/core';

import { hasEnded } from '../../state/events';
import { Run } from '../../state/session-state';

/** The questions that wait for the one before them. A row that is withdrawn keeps its place until that has ended. */
@Component({
  selector: 'app-queued-questions',
  template: `
    <section class="queue" aria-label="Queued questions">
      <h2>Queued</h2>
      <ol class="plain" tabindex="0" aria-label="Queued questions">
        @for (run of runs(); track run.id) {
          <li [class.withdrawn]="ended(run.status)">
            <span class="clip" [title]="run.question ?? ''">{{ run.question }}</span>
            @if (ended(run.status)) {
              <span class="end">Withdrawn</span>
            } @else if (!readOnly()) {
              <button
                type="button"
                class="link end"
                [disabled]="stopping().has(run.id)"
                [attr.aria-label]="'Withdraw “' + run.question + '”'"
                (click)="withdrawn.emit(run.id)"
              >
                Withdraw
              </button>
            }
          </li>
        }
      </ol>
    </section>
  `,
  styleUrl: './queued-questions.component.css',
})
export class QueuedQuestionsComponent {
  readonly runs = input.required<readonly Run[]>();
  /** The ids of the runs that were asked to stop. */
  readonly stopping = input.required<ReadonlySet<string>>();
  /** Whether they may only be watched. */
  readonly readOnly = input(false);
  /** A question is no longer to be answered; its run's id. */
  readonly withdrawn = output<string>();

  protected readonly ended = hasEnded;
}
