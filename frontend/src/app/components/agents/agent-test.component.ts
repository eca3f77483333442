import { Component, effect, inject, input, signal, untracked } from '@angular/core';

import { AgentTest, AgentTrial } from '../../models/models';
import { AgentsApi } from '../../services/agents-api';
import { Submission } from '../shared/submission';

/** Tries whether an agent can answer: as it is stored, or, where it is yet to be made, as its form has it. */
@Component({
  selector: 'app-agent-test',
  template: `
    <button
      type="button"
      class="button"
      [disabled]="submission.busy() || changed()"
      [title]="changed() ? 'Save the changes, then test them' : ''"
      (click)="test()"
    >
      {{ submission.busy() ? 'Testing…' : 'Test connection' }}
    </button>
    <p class="found" role="status" [class.bad]="found()?.works === false" [class.ok]="found()?.works === true">
      {{ submission.error() || found()?.message }}
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

  private readonly api = inject(AgentsApi);
  protected readonly submission = new Submission();
  protected readonly found = signal<AgentTest | null>(null);

  constructor() {
    // What was found says nothing about what is typed afterwards.
    effect(() => {
      this.trial();
      untracked(() => this.found.set(null));
    });
  }

  protected async test(): Promise<void> {
    this.found.set(null);
    const refused = await this.submission.send(async () => {
      const id = this.agentId();
      this.found.set(id === null ? await this.api.testNew(this.trial()) : await this.api.test(id));
    });
    if (this.place()(refused)) this.submission.clear();
  }
}
