import { Component, computed, inject, input, signal } from '@angular/core';

import { AgentTest, AgentTrial } from '../../models/models';
import { AgentsApi } from '../../services/agents-api';
import { Submission } from '../shared/submission';

/** Tries whether an agent can answer: as it is stored, or, where it is yet to be made, as its form has it. */
@Component({
  selector: 'app-agent-test',
  template: `
    <button type="button" class="button" [disabled]="submission.busy() || changed()" [title]="hint()" (click)="test()">
      {{ action() }}
    </button>
    <p class="found" role="status" [class.bad]="found()?.works === false" [class.ok]="found()?.works === true">
      {{ submission.error() || found()?.message }}
      @if (found()?.suggestions) {
        <ng-container i18n>The configuration was filled in from its answer. Check it, then save.</ng-container>
      }
    </p>
  `,
  styleUrl: './agent-test.component.css',
})
export class AgentTestComponent {
  /** Of the stored agent; null: it is yet to be made. */
  readonly agentId = input.required<string | null>();
  /** What the form has. */
  readonly trial = input.required<AgentTrial>();
  /** Whether the form has something else than what is stored: secrets that are kept cannot be tried with it. */
  readonly changed = input(false);

  /** Shows what the server refused, if anything, at the fields it is about; false: it is about none of them. */
  readonly place = input<(refused: unknown) => boolean>(() => false);

  /** Takes over members of the configuration as the agent's system has them; what the form then has. */
  readonly follow = input<(members: object) => AgentTrial>(() => this.trial());

  private readonly api = inject(AgentsApi);
  protected readonly submission = new Submission();
  protected readonly hint = computed(() => (this.changed() ? $localize`Save the changes, then test them` : ''));
  protected readonly action = computed(() =>
    this.submission.busy() ? $localize`Testing…` : $localize`Test connection`,
  );
  private readonly outcome = signal<{ readonly found: AgentTest; readonly of: AgentTrial } | null>(null);
  /** It says nothing about what is typed afterwards. */
  protected readonly found = computed(() => {
    const outcome = this.outcome();
    return outcome?.of === this.trial() ? outcome.found : null;
  });

  protected async test(): Promise<void> {
    this.outcome.set(null);
    const [id, trial] = [this.agentId(), this.trial()];
    const refused = await this.submission.send(async () => {
      const found = id === null ? await this.api.testNew(trial) : await this.api.test(id);
      if (this.trial() !== trial) return;
      this.outcome.set({ found, of: found.suggestions ? this.follow()(found.suggestions) : trial });
    });
    if (this.place()(refused)) this.submission.clear();
  }
}
