import { Component, DestroyRef, computed, effect, inject, resource } from '@angular/core';

import { NoticeDelivery } from '../../models/models';
import { Clock } from '../../services/clock.service';
import { NoticesApi } from '../../services/notices-api';
import { moment } from '../../state/format';
import { channelWords, kindWords, statusWords } from '../../state/notice-words';
import { loadErrorOf } from '../shared/load-error';
import { PageComponent } from '../shared/page.component';
import { Submission } from '../shared/submission';
import { NoticeBrowsersComponent } from './notice-browsers.component';
import { NoticeChoicesComponent } from './notice-choices.component';

const LOOK_AGAIN_MS = 1500;

/** What one is told of, wherever one is. */
@Component({
  selector: 'app-notice-settings',
  imports: [NoticeBrowsersComponent, NoticeChoicesComponent, PageComponent],
  template: `
    <app-page
      heading="Notices"
      i18n-heading
      lead="What you are told of while you do not watch. Nobody is told what they may not read."
      i18n-lead
    >
      @if (loadError()) {
        <p class="form-error" role="alert">
          {{ loadError()?.words }}
          <button i18n type="button" class="link" (click)="settings.reload()">Try again</button>
        </p>
      }
      @if (settings.hasValue()) {
        <app-notice-browsers [settings]="settings.value()" (changed)="settings.reload()" />
        <app-notice-choices [settings]="settings.value()" />
        <section class="lately" aria-labelledby="lately">
          <div class="section-head">
            <h2 i18n id="lately">Lately</h2>
            <button i18n type="button" class="link" [disabled]="submission.busy()" (click)="test()">
              Send yourself a test
            </button>
          </div>
          <p class="form-error" role="alert">{{ submission.error() }}</p>
          @if (settings.value().lately.length > 0) {
            <ul class="plain rows" aria-label="What was sent lately" i18n-aria-label>
              @for (one of settings.value().lately; track one.id) {
                <li>
                  <span
                    >{{ kind(one) }} <small>{{ channel(one) }}, {{ time(one.at) }}</small>
                    @if (one.error) {
                      <small class="bad">{{ one.error }}</small>
                    }
                  </span>
                  <span class="status" [class.bad]="one.status === 'failed'">{{ status(one) }}</span>
                </li>
              }
            </ul>
          } @else {
            <p i18n class="nothing">Nothing was sent to you lately.</p>
          }
        </section>
      } @else if (!loadError()) {
        <p i18n class="nothing" role="status">Loading…</p>
      }
    </app-page>
  `,
  styles: `
    .status {
      color: var(--mut);
      font-size: 12px;
      white-space: nowrap;
    }
    .bad {
      color: var(--bad);
      overflow-wrap: anywhere;
    }
    .lately {
      border-top: 1px solid var(--line);
    }
    app-notice-choices {
      display: block;
      border-top: 1px solid var(--line);
    }
  `,
})
export class NoticeSettingsComponent {
  private readonly api = inject(NoticesApi);
  private readonly clock = inject(Clock);

  protected readonly submission = new Submission();
  protected readonly settings = resource({ loader: () => this.api.read() });
  protected readonly loadError = loadErrorOf(this.settings);
  protected readonly kind = ({ kind, count }: NoticeDelivery): string =>
    count > 1 ? $localize`${count}:count: notices` : kindWords(kind);
  protected readonly channel = ({ channel }: NoticeDelivery): string => channelWords(channel);
  protected readonly status = statusWords;
  /** Something is on its way, and not only for later. */
  private readonly moves = computed(
    () =>
      this.settings.hasValue() &&
      this.settings
        .value()
        .lately.some(
          (one) => one.status === 'waiting' && one.attempts === 0 && Date.parse(one.due_at) <= this.clock.now(),
        ),
  );

  constructor() {
    let timer: ReturnType<typeof setTimeout> | undefined;
    effect(() => {
      clearTimeout(timer);
      if (this.moves() && !this.settings.isLoading()) timer = setTimeout(() => this.settings.reload(), LOOK_AGAIN_MS);
    });
    inject(DestroyRef).onDestroy(() => clearTimeout(timer));
  }

  protected time(at: string): string {
    return moment(Date.parse(at), this.clock.now());
  }

  protected async test(): Promise<void> {
    await this.submission.send(() => this.api.test());
    this.settings.reload();
  }
}
