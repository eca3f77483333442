import { Component, computed, inject } from '@angular/core';

import { AgentRegistry } from '../../services/agent-registry';
import { obedience } from '../../state/rule-words';

/** Which of the team's agents rules hold, said plainly: some of them call their tools where nobody stands in front. */
@Component({
  selector: 'app-held-agents',
  template: `
    @if (registry.agents()) {
      <h3 i18n>Who obeys</h3>
      <dl>
        <dt i18n>Held</dt>
        <dd>{{ found().held.join(', ') || noneWords }}</dd>
        <dt i18n>Only where the program asks</dt>
        <dd i18n>
          {{ listed(found().asking) }}programs that report here with <code>guard</code>, Claude Code and Codex with
          <code>--rules</code>
        </dd>
        <dt i18n>Cannot be held</dt>
        <dd [class.warn]="found().free.length > 0">
          {{ found().free.join(', ') || noneWords }}
          @if (found().free.length > 0) {
            <small i18n>They call their tools out of Ringside's sight. Hold these tools where the agent runs.</small>
          }
        </dd>
      </dl>
    }
  `,
  styles: `
    h3 {
      margin: 18px 0 6px;
      font-size: 13px;
      font-weight: 550;
      color: var(--ink);
    }
    dl {
      display: grid;
      grid-template-columns: max-content 1fr;
      gap: 4px 16px;
      margin: 0;
    }
    dt {
      color: var(--mut);
    }
    dd {
      margin: 0;
      overflow-wrap: anywhere;
    }
    .warn {
      color: var(--warn);
    }
    small {
      display: block;
      color: var(--mut);
      font-size: 12px;
    }
    @media (max-width: 560px) {
      dl {
        grid-template-columns: 1fr;
      }
      dd {
        padding-bottom: 6px;
      }
    }
  `,
})
export class HeldAgentsComponent {
  protected readonly registry = inject(AgentRegistry);
  protected readonly noneWords = $localize`None of the agents`;
  protected readonly found = computed(() => obedience(this.registry.agents() ?? []));

  protected listed(names: readonly string[]): string {
    return names.map((name) => `${name}, `).join('');
  }
}
