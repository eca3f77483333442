import { Component, inject, signal } from '@angular/core';

import { FeedbackApi } from '../../services/feedback-api';
import { Submission } from '../shared/submission';

/** Answers and steps that people have judged, as a data set. */
@Component({
  selector: 'app-feedback-export',
  template: `
    <p class="lead">
      What people think of answers and steps, with what was asked and what came of it: one line for each, of all
      sessions that you may see.
    </p>
    <form (submit)="$event.preventDefault(); save()">
      <div class="line">
        <label for="feedback-format">Format</label>
        <select id="feedback-format" class="select" [value]="format()" (change)="format.set($any($event.target).value)">
          <option value="jsonl">JSON Lines</option>
          <option value="csv">CSV</option>
        </select>
      </div>
      <div class="line">
        <label for="feedback-judged">Judged</label>
        <select
          id="feedback-judged"
          class="select"
          [value]="verdict()"
          (change)="verdict.set($any($event.target).value)"
        >
          <option value="">All</option>
          <option value="up">Good</option>
          <option value="down">Bad</option>
          <option value="mixed">Good and bad</option>
        </select>
      </div>
      <div class="line">
        <label for="feedback-agent">Agent</label>
        <input
          id="feedback-agent"
          class="field"
          maxlength="200"
          placeholder="All agents"
          [value]="agent()"
          (input)="agent.set($any($event.target).value)"
        />
      </div>
      <div class="line">
        <label for="feedback-since">Changed since</label>
        <input
          id="feedback-since"
          class="field"
          type="date"
          [value]="since()"
          (input)="since.set($any($event.target).value)"
        />
      </div>
      <label class="check">
        <input type="checkbox" [checked]="names()" (change)="names.set($any($event.target).checked)" />
        <span>With the names of who judged</span>
      </label>
      <p class="form-error" role="alert">{{ submission.error() }}</p>
      <button class="button primary" [disabled]="submission.busy()">
        {{ submission.busy() ? 'Wait…' : 'Export' }}
      </button>
    </form>
  `,
  styleUrl: './feedback-export.component.css',
})
export class FeedbackExportComponent {
  private readonly api = inject(FeedbackApi);
  protected readonly submission = new Submission();
  protected readonly format = signal('jsonl');
  protected readonly verdict = signal('');
  protected readonly agent = signal('');
  /** A day of the calendar here; '' for all. */
  protected readonly since = signal('');
  protected readonly names = signal(true);

  protected async save(): Promise<void> {
    const [verdict, agent, since] = [this.verdict(), this.agent().trim(), this.since()];
    await this.submission.send(() =>
      this.api.save({
        format: this.format(),
        names: String(this.names()),
        ...(verdict && { verdict }),
        ...(agent && { agent }),
        ...(since && { since: new Date(`${since}T00:00`).toISOString() }),
      }),
    );
  }
}
