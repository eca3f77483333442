import { Component, computed, inject, input } from '@angular/core';

import { AgentColours } from '../../services/agent-colours.service';
import { Layout } from '../../services/layout.service';
import { duration } from '../../state/format';
import { Agent } from '../../state/session-state';
import { doingWords } from './event-words';

/** What each agent does now, and since when. */
@Component({
  selector: 'app-agent-cards',
  template: `
    <ul class="cards plain" aria-label="Agents" i18n-aria-label [attr.tabindex]="layout.phone() ? 0 : null">
      @for (card of cards(); track card.name) {
        <li class="card" [class]="card.look">
          <div class="who">
            <span class="clip">{{ card.name }}</span><time>{{ card.took }}</time>
          </div>
          <p class="doing clip" [title]="card.doing">{{ card.doing }}</p>
        </li>
      }
      @for (slot of freeSlots(); track slot) {
        <li class="card slot" aria-hidden="true"></li>
      }
    </ul>
  `,
  styleUrl: './agent-cards.component.css',
})
export class AgentCardsComponent {
  private readonly colours = inject(AgentColours);
  /** On a phone the cards scroll sideways, and what scrolls must be reachable with the keyboard. */
  protected readonly layout = inject(Layout);
  readonly agents = input.required<ReadonlyMap<string, Agent>>();
  readonly now = input.required<number>();
  /** Agents that may still come; their room is kept, so that what is below stays where it is. */
  readonly expected = input(0);

  /** Known by their place among the cards: an agent takes the first, and the others stay where they are. */
  protected readonly freeSlots = computed(() => {
    const taken = this.agents().size;
    return Array.from({ length: Math.max(0, this.expected() - taken) }, (_, slot) => taken + slot);
  });

  protected readonly cards = computed(() =>
    [...this.agents().values()].map((agent) => {
      const tone = agent.until === null ? agent.status : agent.status === 'failed' ? 'failed resting' : 'resting';
      return {
        name: agent.name,
        doing: doingWords(agent),
        took: duration((agent.until ?? this.now()) - agent.since),
        look: `${this.colours.look(agent.name)} ${tone}`,
      };
    }),
  );
}
