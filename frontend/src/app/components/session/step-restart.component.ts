import {
  AfterViewInit,
  Component,
  ElementRef,
  computed,
  inject,
  input,
  linkedSignal,
  output,
  resource,
  viewChild,
} from '@angular/core';

import { BROWSER } from '../../services/browser';
import { RestartsApi } from '../../services/restarts-api';
import { quoted } from '../../state/format';
import { activityIdOf } from '../../state/session-address';
import { Activity } from '../../state/session-state';
import { stepInput } from '../../state/step-input';
import { loadErrorOf } from '../shared/load-error';
import { Submission } from '../shared/submission';

/** Asks how a run is to begin again from a step, and with what input. Opens as soon as it is rendered. */
@Component({
  selector: 'app-step-restart',
  template: `
    <dialog #dialog class="ask" aria-labelledby="restart-heading" (close)="closed.emit(null)">
      <h2 id="restart-heading" i18n>Run again from {{ quoted(activity().action) }}</h2>
      @if (loadError(); as loadError) {
        <p role="alert">
          {{ loadError.words }} <button type="button" class="link" i18n (click)="point.reload()">Look again</button>
        </p>
      } @else if (point.hasValue()) {
        <p>{{ point.value().words }}</p>
      } @else {
        <p role="status" i18n>Looking what was kept…</p>
      }
      <form class="in-dialog" (submit)="$event.preventDefault(); begin()">
        @if (takesInput()) {
          <div class="form-field">
            <label for="restart-input">{{ editable().label }}</label>
            <textarea
              #field
              id="restart-input"
              class="field"
              [rows]="rows()"
              spellcheck="false"
              autocomplete="off"
              [value]="text()"
              [attr.aria-invalid]="invalid()"
              aria-describedby="restart-hint"
              (input)="text.set(field.value)"
            ></textarea>
            <small id="restart-hint" class="field-hint">{{ hint() }}</small>
          </div>
        } @else if (fixed()) {
          <p class="field-hint">{{ fixed() }}</p>
        }
        <p class="form-error" role="alert">{{ submission.error() }}</p>
        <div class="actions">
          <button type="button" class="button" i18n (click)="dialog.close()">Cancel</button>
          @if (possible() === false) {
            <button class="button primary" i18n [disabled]="submission.busy()">Try the whole run again</button>
          } @else {
            <button class="button primary" i18n [disabled]="!possible() || invalid() || submission.busy()">
              Run again
            </button>
          }
        </div>
      </form>
    </dialog>
  `,
})
export class StepRestartComponent implements AfterViewInit {
  readonly activity = input.required<Activity>();
  readonly sessionId = input.required<string>();
  /** The run that has begun; null: none. */
  readonly closed = output<string | null>();

  private readonly api = inject(RestartsApi);
  private readonly browser = inject(BROWSER);
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');
  protected readonly quoted = quoted;
  protected readonly submission = new Submission();
  protected readonly point = resource({
    params: () => ({ sessionId: this.sessionId(), runId: this.activity().runId, id: activityIdOf(this.activity()) }),
    loader: ({ params }) => this.api.ask(params.sessionId, params.runId, params.id),
  });
  protected readonly loadError = loadErrorOf(this.point);
  /** null while that is not known. */
  protected readonly possible = computed(() => (this.point.hasValue() ? this.point.value().possible : null));
  protected readonly takesInput = computed(() => this.point.hasValue() && this.point.value().takes_input);
  protected readonly fixed = computed(() => (this.point.hasValue() ? this.point.value().fixed : null));
  protected readonly editable = computed(() => stepInput(this.activity().input));
  protected readonly text = linkedSignal(() => this.editable().text);
  protected readonly edited = computed(() => this.text() !== this.editable().text);
  protected readonly rows = computed(() => Math.min(10, Math.max(2, this.text().split('\n').length)));
  protected readonly invalid = computed(() => this.edited() && this.editable().read(this.text()) === undefined);
  protected readonly hint = computed(() => {
    if (this.invalid()) return $localize`This is no valid JSON.`;
    return this.edited() ? $localize`:an input|:Edited` : $localize`:an input|:As it was`;
  });
  /** With another input it is another request. */
  private readonly key = linkedSignal({ source: this.text, computation: () => this.browser.newKey() });

  ngAfterViewInit(): void {
    this.dialog().nativeElement.showModal();
  }

  protected async begin(): Promise<void> {
    const { runId } = this.activity();
    const step = this.possible() ? this.step() : undefined;
    await this.submission.send(async () => {
      const { run } = await this.api.begin(this.sessionId(), runId, this.key(), step);
      this.closed.emit(run.id);
    });
  }

  private step() {
    const activity_id = activityIdOf(this.activity());
    return this.edited() ? { activity_id, input: this.editable().read(this.text()) } : { activity_id };
  }
}
