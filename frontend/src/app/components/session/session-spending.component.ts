import { Component, computed, effect, inject, input, linkedSignal, resource } from '@angular/core';

import { UsageApi } from '../../services/usage-api';
import { SessionSpending } from '../../models/models';
import { spendingWords, unpricedWords } from '../../state/spending-words';

const AGAIN_MS = 5000;
const USED = $localize`What the agents of this session have used`;

/** What the agents of a session have used, as far as they tell it; nothing is shown of a session that tells nothing. */
@Component({
  selector: 'app-session-spending',
  template: `
    @if (words()) {
      <span class="badge" [title]="title()"
        >{{ words() }}
        @if (unpriced()) {
          <span aria-hidden="true">?</span><span class="sr">{{ unpriced() }}</span>
        }
      </span>
    }
  `,
  styles: `
    .badge {
      font-variant-numeric: tabular-nums;
      white-space: nowrap;
    }
  `,
})
export class SessionSpendingComponent {
  readonly sessionId = input.required<string>();
  /** Whether nothing happens in the session. */
  readonly resting = input.required<boolean>();

  private readonly api = inject(UsageApi);
  private readonly asked = resource({
    params: () => this.sessionId(),
    loader: ({ params }) => this.api.spending(params),
  });
  /** What is shown stays while it is asked for anew; of another session it goes. */
  private readonly spent = linkedSignal<{ id: string; found: SessionSpending | null }, SessionSpending | null>({
    source: () => ({ id: this.sessionId(), found: this.asked.hasValue() ? this.asked.value() : null }),
    computation: ({ id, found }, before) => found ?? (before?.source.id === id ? before.value : null),
  });
  protected readonly words = computed(() => spendingWords(this.spent() ?? { tokens: 0, costs: [] }));
  protected readonly unpriced = computed(() => unpricedWords(this.spent()?.unpriced ?? []));
  protected readonly title = computed(() => this.unpriced() || USED);

  constructor() {
    // While something happens again and again, and once more when it has ended: it is counted a moment later.
    let happened = '';
    effect((cleanup) => {
      const id = this.sessionId();
      if (!this.resting()) happened = id;
      else if (happened !== id) return;
      const again = (): void => {
        this.asked.reload();
      };
      const timer = this.resting() ? setTimeout(again, AGAIN_MS / 2) : setInterval(again, AGAIN_MS);
      cleanup(() => {
        clearInterval(timer);
        clearTimeout(timer);
      });
    });
  }
}
