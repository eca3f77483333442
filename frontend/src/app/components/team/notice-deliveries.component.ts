import { Component, DestroyRef, computed, effect, inject, input, resource } from '@angular/core';

import { NoticeDelivery } from '../../models/models';
import { Clock } from '../../services/clock.service';
import { NoticesApi } from '../../services/notices-api';
import { moment } from '../../state/format';
import { kindWords, statusWords } from '../../state/notice-words';
import { loadErrorOf } from '../shared/load-error';
import { Submission } from '../shared/submission';

const LOOK_AGAIN_MS = 1500;

/** What a rule has sent lately, and what became of it. */
@Component({
  selector: 'app-notice-deliveries',
  template: `
    <p class="form-error" role="alert">{{ submission.error() || loadError()?.words }}</p>
    @if (page.hasValue() && page.value().deliveries.length > 0) {
      <div class="table-scroll" tabindex="0" role="group" aria-label="Deliveries" i18n-aria-label>
        <table class="table dense">
          <thead>
            <tr>
              <th i18n="a column|">When</th>
              <th i18n="a column|">What</th>
              <th i18n>Outcome</th>
              <th i18n="a column|" class="wide-only">Took</th>
              <th><span i18n class="sr">Send again</span></th>
            </tr>
          </thead>
          <tbody>
            @for (one of page.value().deliveries; track one.id) {
              <tr>
                <td class="nowrap">{{ time(one.at) }}</td>
                <td class="kind">{{ kind(one) }}</td>
                <td class="about">
                  <span [class.bad]="one.status === 'failed' || one.error">{{ status(one) }}</span>
                  @if (one.error) {
                    <small class="clip" [title]="one.error">{{ one.error }}</small>
                  } @else if (one.answer) {
                    <small class="clip" [title]="one.answer">{{ one.answer }}</small>
                  }
                </td>
                <td class="wide-only nowrap">{{ one.took_ms === null ? '' : one.took_ms + ' ms' }}</td>
                <td class="last">
                  <button
                    i18n
                    type="button"
                    class="link"
                    [disabled]="submission.busy()"
                    [attr.aria-label]="againWords(one)"
                    (click)="again(one)"
                  >
                    Send again
                  </button>
                </td>
              </tr>
            }
          </tbody>
        </table>
      </div>
    } @else if (page.hasValue()) {
      <p i18n class="nothing">Nothing was sent there yet. Send a test.</p>
    } @else if (!loadError()) {
      <p i18n class="nothing" role="status">Loading…</p>
    }
  `,
  styles: `
    .bad {
      color: var(--bad);
    }
    .kind {
      min-width: 110px;
    }
    small {
      display: block;
      color: var(--mut);
    }
  `,
})
export class NoticeDeliveriesComponent {
  private readonly api = inject(NoticesApi);
  private readonly clock = inject(Clock);

  readonly ruleId = input.required<string>();
  /** Changes when something was sent. */
  readonly sent = input(0);

  protected readonly submission = new Submission();
  protected readonly page = resource({
    params: () => ({ id: this.ruleId(), sent: this.sent() }),
    loader: ({ params }) => this.api.deliveries(params.id),
  });
  protected readonly loadError = loadErrorOf(this.page);
  protected readonly status = statusWords;
  protected readonly kind = ({ kind, count }: NoticeDelivery): string =>
    count > 1 ? $localize`${count}:count: notices` : kindWords(kind);
  private readonly moves = computed(
    () => this.page.hasValue() && this.page.value().deliveries.some((one) => one.status === 'waiting'),
  );

  constructor() {
    let timer: ReturnType<typeof setTimeout> | undefined;
    effect(() => {
      clearTimeout(timer);
      if (this.moves() && !this.page.isLoading()) timer = setTimeout(() => this.page.reload(), LOOK_AGAIN_MS);
    });
    inject(DestroyRef).onDestroy(() => clearTimeout(timer));
  }

  protected againWords(one: NoticeDelivery): string {
    return $localize`Send again: ${this.kind(one)}:kind:, ${this.time(one.at)}:time:`;
  }

  protected time(at: string): string {
    return moment(Date.parse(at), this.clock.now());
  }

  protected async again(one: NoticeDelivery): Promise<void> {
    await this.submission.send(() => this.api.sendAgain(this.ruleId(), one.id));
    this.page.reload();
  }
}
