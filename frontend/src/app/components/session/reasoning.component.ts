import { Component, computed, input } from '@angular/core';

import { duration } from '../../state/format';
import { Millis, Reasoning } from '../../state/session-state';

/** What models thought, folded to one line: it is shown to who asks for it, apart from the answer. */
@Component({
  selector: 'app-reasoning',
  template: `
    <details>
      <summary>{{ summary() }}</summary>
      @for (part of reasoning(); track part.id) {
        @if (several()) {
          <b>{{ part.agent }}</b>
        }
        <p [textContent]="part.text.trim()"></p>
      }
    </details>
  `,
  styleUrl: './reasoning.component.css',
})
export class ReasoningComponent {
  readonly reasoning = input.required<readonly Reasoning[]>();
  /** When its run ended: nothing is thought after that. */
  readonly runEnd = input.required<Millis | null>();

  protected readonly several = computed(() => new Set(this.reasoning().map(({ agent }) => agent)).size > 1);
  protected readonly summary = computed(() => {
    const runEnd = this.runEnd();
    if (runEnd === null && this.reasoning().some(({ end }) => end === null)) return $localize`Reasoning…`;
    const spent = this.reasoning().reduce((sum, { begin, end }) => sum + (end ?? runEnd ?? begin) - begin, 0);
    return $localize`Reasoning, ${spent < 10_000 ? duration(spent) : whole(spent)}:duration:`;
  });
}

function whole(spent: Millis): string {
  return spent < 59_500 ? `${Math.round(spent / 1000)} s` : duration(spent);
}
