import { Component, computed, inject, input, linkedSignal, signal } from '@angular/core';

import { NoticeChoice, NoticePreferencesBody, NoticeSettings } from '../../models/models';
import { NoticesApi } from '../../services/notices-api';
import { NOTICE_KINDS, NoticeKind, WHOSE, clockOf, minuteOf } from '../../state/notice-words';
import { Submission } from '../shared/submission';

const NIGHT = { begins: 22 * 60, ends: 7 * 60 };

/** What one is told of, by which ways, and when. Each change is stored at once. */
@Component({
  selector: 'app-notice-choices',
  template: `
    <section aria-labelledby="notice-kinds">
      <h2 i18n id="notice-kinds">What you are told of</h2>
      <div class="table-scroll" tabindex="0" role="group" aria-labelledby="notice-kinds">
        <table class="table">
          <thead>
            <tr>
              <th i18n="on which occasion|the heading of a column">When</th>
              <th i18n>Whose</th>
              <th i18n class="way">Browser</th>
              <th i18n class="way">Mail</th>
            </tr>
          </thead>
          <tbody>
            @for (one of kinds; track one.kind) {
              <tr [class.off]="choice(one.kind).whose === 'nobody'">
                <th scope="row">
                  {{ one.label }}
                  @if (one.hint) {
                    <small class="field-hint">{{ one.hint }}</small>
                  }
                </th>
                <td>
                  <select
                    #whose
                    class="select"
                    [attr.aria-label]="whoseWords(one.label)"
                    (change)="choose(one.kind, { whose: $any(whose.value) })"
                  >
                    @for (each of whoseOf; track each.whose) {
                      <option [value]="each.whose" [selected]="each.whose === choice(one.kind).whose">
                        {{ each.label }}
                      </option>
                    }
                  </select>
                </td>
                <td class="way">
                  <input
                    #browser
                    type="checkbox"
                    [attr.aria-label]="browserWords(one.label)"
                    [checked]="choice(one.kind).browser"
                    [disabled]="choice(one.kind).whose === 'nobody'"
                    (change)="choose(one.kind, { browser: browser.checked })"
                  />
                </td>
                <td class="way">
                  <input
                    #mail
                    type="checkbox"
                    [attr.aria-label]="mailWords(one.label)"
                    [checked]="settings().mail && choice(one.kind).mail"
                    [disabled]="!settings().mail || choice(one.kind).whose === 'nobody'"
                    (change)="choose(one.kind, { mail: mail.checked })"
                  />
                </td>
              </tr>
            }
          </tbody>
        </table>
      </div>
      <p class="field-hint">
        <ng-container i18n
          >Mine: runs that you asked for, and decisions that you may take. The team’s: all that you may read.
        </ng-container>
        @if (!settings().mail) {
          <ng-container i18n>This server sends no mail.</ng-container>
        }
      </p>
    </section>
    <section aria-labelledby="notice-times">
      <h2 i18n id="notice-times">When</h2>
      <div class="form-row">
        <label i18n="of notices|whether several are sent as one" for="notice-digest">Together</label>
        <select #digest id="notice-digest" class="field" (change)="change({ digest: $any(digest.value) })">
          <option i18n value="none" [selected]="chosen().digest === 'none'">No, each at once</option>
          <option i18n value="hourly" [selected]="chosen().digest === 'hourly'">Once an hour</option>
          <option i18n value="daily" [selected]="chosen().digest === 'daily'">Once a day, at 8 o’clock</option>
        </select>
      </div>
      <label class="check">
        <input
          #quiet
          type="checkbox"
          [checked]="chosen().quiet"
          (change)="change({ quiet: quiet.checked ? night : null })"
        />
        <span i18n>Quiet hours</span>
      </label>
      @if (chosen().quiet; as hours) {
        <div class="form-row hours">
          <label i18n="a time of the day|from … until …" for="quiet-begins">From</label>
          <input
            #begins
            id="quiet-begins"
            type="time"
            class="field"
            required
            [value]="clock(hours.begins)"
            (change)="setQuiet(begins.value, clock(hours.ends))"
          />
          <label i18n="a time of the day|from … until …" for="quiet-ends">until</label>
          <input
            #ends
            id="quiet-ends"
            type="time"
            class="field"
            required
            [value]="clock(hours.ends)"
            (change)="setQuiet(clock(hours.begins), ends.value)"
          />
        </div>
      }
      <label class="check">
        <input
          #passes
          type="checkbox"
          [checked]="chosen().urgent_passes"
          (change)="change({ urgent_passes: passes.checked })"
        />
        <span
          ><ng-container i18n>Decisions at once, all the same </ng-container>
          <small i18n class="field-hint">An agent that waits does nothing until somebody decides.</small></span
        >
      </label>
      <p i18n class="field-hint">By the clock of {{ zone }}.</p>
      <p class="form-error" role="alert">{{ submission.error() }}</p>
      <p class="saved" role="status">
        @if (saved()) {
          <ng-container i18n>Saved.</ng-container>
        }
      </p>
    </section>
  `,
  styles: `
    .way {
      text-align: center;
      width: 76px;
    }
    .way input {
      accent-color: var(--acc);
      width: 15px;
      height: 15px;
      vertical-align: middle;
    }
    small {
      display: block;
      font-weight: 400;
    }
    .hours {
      padding-left: 22px;
    }
    .form-row .field {
      width: auto;
    }
    .saved {
      min-height: 1.5em;
      color: var(--mut);
      font-size: 12px;
    }
    :host > section + section {
      border-top: 1px solid var(--line);
    }
    @media (max-width: 960px) {
      .way {
        width: 58px;
      }
      .hours {
        padding-left: 0;
      }
    }
  `,
})
export class NoticeChoicesComponent {
  private readonly api = inject(NoticesApi);

  readonly settings = input.required<NoticeSettings>();

  protected readonly kinds = NOTICE_KINDS;
  protected readonly whoseOf = WHOSE;
  protected readonly night = NIGHT;
  protected readonly clock = clockOf;
  protected readonly zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  protected readonly submission = new Submission();
  protected readonly saved = signal(false);
  protected readonly chosen = linkedSignal(() => this.settings().preferences);
  private readonly choices = computed(() => this.chosen().kinds);

  protected whoseWords(kind: string): string {
    return $localize`${kind}:kind:: whose`;
  }

  protected browserWords(kind: string): string {
    return $localize`${kind}:kind:: in browsers`;
  }

  protected mailWords(kind: string): string {
    return $localize`${kind}:kind:: by mail`;
  }

  protected choice(kind: NoticeKind): NoticeChoice {
    return this.choices()[kind] ?? { whose: 'nobody' };
  }

  protected async choose(kind: NoticeKind, change: Partial<NoticeChoice>): Promise<void> {
    await this.change({ kinds: { ...this.choices(), [kind]: { ...this.choice(kind), ...change } } });
  }

  protected async setQuiet(begin: string, end: string): Promise<void> {
    const [begins, ends] = [minuteOf(begin), minuteOf(end)];
    if (begins !== null && ends !== null) await this.change({ quiet: { begins, ends } });
  }

  protected async change(change: Partial<NoticePreferencesBody>): Promise<void> {
    const before = this.chosen();
    this.saved.set(false);
    this.chosen.set({ ...before, ...change, time_zone: this.zone });
    const error = await this.submission.send(async () => {
      this.chosen.set(await this.api.choose(this.chosen()));
      this.saved.set(true);
    });
    // What was not stored must not look as if it were.
    if (error !== null) this.chosen.set({ ...before });
  }
}
