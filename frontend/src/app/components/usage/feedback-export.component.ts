import { Component, inject, signal } from '@angular/core';

import { FeedbackApi } from '../../services/feedback-api';
import { Submission } from '../shared/submission';

/** Answers and steps that people have judged, as a data set. */
@Component({
  selector: 'app-feedback-export',
  template: `
    <p i18n class="lead">
      What people think of answers and steps, with what was asked and what came of it: one line for each, of all
      sessions that you may see.
    </p>
    <form (submit)="$event.preventDefault(); save()">
      <div class="line">
        <label i18n for="feedback-format">Format</label>
        <select id="feedback-format" class="select" [value]="format()" (change)="format.set($any($event.target).value)">
          <option value="jsonl" i18n>JSON Lines</option>
          <option value="csv" i18n>CSV</option>
        </select>
      </div>
      <div class="line">
        <label i18n for="feedback-judged">Judged</label>
        <select
          id="feedback-judged"
          class="select"
          [value]="verdict()"
          (change)="verdict.set($any($event.target).value)"
        >
          <option i18n value="">All</option>
          <option i18n value="up">Good</option>
          <option i18n value="down">Bad</option>
          <option i18n value="mixed">Good and bad</option>
        </select>
      </div>
      <div class="line">
        <label i18n for="feedback-agent">Agent</label>
        <input
          id="feedback-agent"
          class="field"
          maxlength="200"
          placeholder="All agents"
          i18n-placeholder
          [value]="agent()"
          (input)="agent.set($any($event.target).value)"
        />
      </div>
      <div class="line">
        <label i18n for="feedback-since">Changed since</label>
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
        <span i18n>With the names of who judged</span>
      </label>
      <p class="form-error" role="alert">{{ submission.error() }}</p>
      <button class="button primary" [disabled]="submission.busy()">
        @if (submission.busy()) {
          <ng-container i18n>Wait…</ng-container>
        } @else {
          <ng-container i18n>Export</ng-container>
        }
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
