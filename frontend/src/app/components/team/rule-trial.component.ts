import { Component, inject, input, signal } from '@angular/core';

import { AgentRegistry } from '../../services/agent-registry';
import { ApprovalRulesApi } from '../../services/approval-rules-api';
import { trialWords } from '../../state/rule-words';
import { Submission } from '../shared/submission';

const NAMED = 'name:';

/** A field to try the name of a tool: the server says what would become of its call. Nothing is asked, nothing told. */
@Component({
  selector: 'app-rule-trial',
  template: `
    <form class="form-row" (submit)="$event.preventDefault(); try(tool.value.trim(), agent.value)">
      <label i18n for="trial-tool">Try a tool</label>
      <input
        #tool
        id="trial-tool"
        class="field"
        required
        maxlength="200"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        placeholder="delete_file"
        i18n-placeholder
        (input)="said.set('')"
      />
      <select #agent class="field" aria-label="Called by" i18n-aria-label (change)="said.set('')">
        <option i18n value="">any other agent</option>
        @for (one of registry.agents() ?? []; track one.id) {
          <option [value]="one.id">{{ one.name }}</option>
        }
        @for (name of names(); track name) {
          <option [value]="named + name">{{ name }}</option>
        }
      </select>
      <button i18n type="submit" class="button" [disabled]="submission.busy()">Try</button>
    </form>
    <p class="said" role="status">{{ said() }}</p>
    <p class="form-error" role="alert">{{ submission.error() }}</p>
  `,
  styles: `
    .form-row .field {
      min-width: 0;
    }
    .said {
      min-height: 1.5em;
      margin: 6px 0 0;
      color: var(--ink);
      overflow-wrap: anywhere;
    }
  `,
})
export class RuleTrialComponent {
  private readonly api = inject(ApprovalRulesApi);
  protected readonly registry = inject(AgentRegistry);
  protected readonly submission = new Submission();
  protected readonly said = signal('');
  protected readonly named = NAMED;

  /** Of agents that are not registered, which rules are about. */
  readonly names = input<readonly string[]>([]);

  protected async try(tool: string, agent: string): Promise<void> {
    if (!tool) return;
    await this.submission.send(async () => {
      const who = agent.startsWith(NAMED) ? { agent_name: agent.slice(NAMED.length) } : { agent_id: agent || null };
      this.said.set(trialWords(tool, await this.api.try({ tool, ...who })));
    });
  }
}
