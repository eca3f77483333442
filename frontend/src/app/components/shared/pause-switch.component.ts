import { Component, ElementRef, computed, inject, input, resource, viewChild } from '@angular/core';

import { PausesApi } from '../../services/pauses-api';
import { ago } from '../../state/control-words';
import { loadErrorOf } from './load-error';
import { Submission } from './submission';

/** Pauses an agent, or everything of the team, for administrators; says who has done so, when and why. */
@Component({
  selector: 'app-pause-switch',
  template: `
    <div class="pause" [class.outcome]="paused()" [class.warn]="paused()" role="status">
      @if (loadError(); as loadError) {
        <span>{{ loadError.words }}</span>
        <button i18n type="button" class="link" (click)="pauses.reload()">Try again</button>
      } @else if (paused(); as pause) {
        <span class="words" i18n
          ><b>{{ named() }} is paused.</b> {{ since() }}. {{ pause.reason ?? '' }} Questions wait until it is
          resumed.</span
        >
        <button type="button" class="button" [disabled]="submission.busy()" (click)="resume()" i18n="verb|">
          Resume
        </button>
      } @else {
        <span class="words">{{ pauses.hasValue() ? about() : '' }}</span>
        <button type="button" class="button" [disabled]="!pauses.hasValue()" (click)="dialog.showModal()">
          @if (agentId() === null) {
            <ng-container i18n>Pause everything…</ng-container>
          } @else {
            <ng-container i18n>Pause…</ng-container>
          }
        </button>
      }
    </div>
    <p class="form-error" role="alert">{{ submission.error() }}</p>
    <dialog #dialog class="ask" aria-labelledby="pause-heading">
      <h2 id="pause-heading">
        @if (agentId() === null) {
          <ng-container i18n>Pause everything of the team?</ng-container>
        } @else {
          <ng-container i18n>Pause {{ named() }}?</ng-container>
        }
      </h2>
      <p i18n>New questions are taken, and wait until it is resumed.</p>
      <form class="in-dialog" (submit)="$event.preventDefault(); pause(reason.value, begun.checked)">
        <div class="form-field">
          <label i18n for="pause-reason">Reason, for whoever asks meanwhile</label>
          <input
            #reason
            id="pause-reason"
            class="field"
            maxlength="300"
            autocomplete="off"
            placeholder="Optional"
            i18n-placeholder
          />
        </div>
        <label class="check">
          <input #begun type="checkbox" />
          <span
            ><ng-container i18n>Also pause what has begun</ng-container>&ngsp;
            <small class="field-hint" i18n>At the next safe point. What cannot pause goes on to its end.</small></span
          >
        </label>
        <div class="actions">
          <button i18n type="button" class="button" (click)="dialog.close()">Cancel</button>
          <button class="button primary" [disabled]="submission.busy()" i18n="verb|">Pause</button>
        </div>
      </form>
    </dialog>
  `,
  styleUrl: './pause-switch.component.css',
})
export class PauseSwitchComponent {
  /** null: everything of the team. */
  readonly agentId = input.required<string | null>();
  readonly named = input.required<string>();
  readonly about = input.required<string>();

  private readonly api = inject(PausesApi);
  protected readonly submission = new Submission();
  protected readonly pauses = resource({ loader: () => this.api.list() });
  protected readonly loadError = loadErrorOf(this.pauses);
  protected readonly paused = computed(() =>
    this.pauses.hasValue() ? (this.pauses.value().find(({ agent_id }) => agent_id === this.agentId()) ?? null) : null,
  );
  protected readonly since = computed(() => {
    const pause = this.paused();
    if (!pause) return '';
    const since = ago(Date.parse(pause.at), Date.now());
    return pause.by ? $localize`By ${pause.by}:name:, ${since}:since:` : since;
  });
  private readonly asking = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');

  protected async pause(reason: string, at_work: boolean): Promise<void> {
    const words = reason.trim();
    await this.submission.send(async () => {
      this.pauses.set(await this.api.pause(this.agentId(), { at_work, ...(words ? { reason: words } : {}) }));
    });
    this.asking().nativeElement.close();
  }

  protected async resume(): Promise<void> {
    await this.submission.send(async () => this.pauses.set(await this.api.resume(this.agentId())));
  }
}
