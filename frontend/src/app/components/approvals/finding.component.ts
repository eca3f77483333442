import { Component, ElementRef, computed, inject, input, signal, viewChild } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Finding } from '../../models/models';
import { Clock } from '../../services/clock.service';
import { Findings } from '../../services/findings.service';
import { RingsideApi } from '../../services/ringside-api';
import { moment } from '../../state/format';
import { Submission } from '../shared/submission';

/** A run that looks stuck: what shows it, and what a person can do about it. */
@Component({
  selector: 'app-finding',
  imports: [RouterLink],
  template: `
    <article #article tabindex="-1" [attr.aria-labelledby]="finding().id + '-sentence'">
      <p class="head">
        <span class="dot bad" aria-hidden="true"></span>
        <b i18n="a run|">Stuck</b>
        <span class="clip">{{ finding().agent_name }}</span>
        <span class="spring"></span>
        <time [attr.datetime]="finding().found_at">{{ since() }}</time>
      </p>
      <p class="question" [id]="finding().id + '-sentence'">{{ finding().sentence }}</p>
      @if (finding().evidence.length > 0) {
        <ol tabindex="0" aria-label="What shows it" i18n-aria-label>
          @for (one of finding().evidence; track one.seq) {
            <li>
              <span i18n>Event {{ one.seq }}</span> {{ one.quote }}
            </li>
          }
        </ol>
      }
      <div class="choices">
        <a i18n class="button primary" [routerLink]="['/sessions', finding().session_id]" [queryParams]="place()">
          Open
        </a>
        @if (finding().may_dismiss) {
          @if (finding().stoppable) {
            <button type="button" class="button" [disabled]="submission.busy() || stopped()" (click)="stop()">
              @if (stopped()) {
                <ng-container i18n>Asked to stop</ng-container>
              } @else {
                <ng-container i18n>Stop the run</ng-container>
              }
            </button>
          }
          <button i18n type="button" class="link" [disabled]="submission.busy()" (click)="dismiss()">It is fine</button>
        }
      </div>
      <p class="form-error" role="alert">{{ submission.error() }}</p>
    </article>
  `,
  styleUrls: ['./approval.component.css', './finding.component.css'],
})
export class FindingComponent {
  private readonly api = inject(RingsideApi);
  private readonly clock = inject(Clock);
  private readonly findings = inject(Findings);

  readonly finding = input.required<Finding>();

  private readonly article = viewChild.required<ElementRef<HTMLElement>>('article');
  protected readonly submission = new Submission();
  protected readonly stopped = signal(false);
  protected readonly since = computed(
    () => $localize`since ${moment(Date.parse(this.finding().found_at), this.clock.now())}:time:`,
  );
  /** Of the session, in the query of its address. */
  protected readonly place = computed(() => {
    const { run_id, activity_id } = this.finding();
    return { run: run_id, step: activity_id };
  });

  protected async stop(): Promise<void> {
    const { session_id, run_id } = this.finding();
    const error = await this.submission.send(() => this.api.cancel(session_id, run_id ?? ''));
    this.stopped.set(error === null);
  }

  protected async dismiss(): Promise<void> {
    // A button loses the focus while it cannot be pressed.
    this.article().nativeElement.focus({ preventScroll: true });
    await this.submission.send(() => this.findings.dismiss(this.finding().id));
  }
}
