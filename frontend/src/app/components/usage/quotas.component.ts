import { Component, inject, input } from '@angular/core';

import { QuotaUsage } from '../../models/models';
import { Clock } from '../../services/clock.service';
import { moment } from '../../state/format';
import { usageAmount, usageName, usagePercent } from '../../state/usage-words';

/** What the team uses, and how much it may. */
@Component({
  selector: 'app-quotas',
  template: `
    <section aria-label="Quotas" i18n-aria-label>
      <dl>
        @for (one of usage(); track one.quota) {
          <div class="row" [class.near]="one.state === 'near'" [class.over]="one.state === 'reached'">
            <dt>{{ words.usageName(one) }}</dt>
            <dd class="amount">{{ words.usageAmount(one) }}</dd>
            <dd class="bar">
              @if (one.limit !== null) {
                <span
                  role="meter"
                  aria-valuemin="0"
                  aria-valuemax="100"
                  [attr.aria-valuenow]="words.usagePercent(one)"
                  [attr.aria-label]="words.usageName(one)"
                >
                  <span [style.width.%]="words.usagePercent(one)"></span>
                </span>
              } @else {
                <small i18n>unlimited</small>
              }
            </dd>
            <dd class="when">
              @if (one.resets_at; as at) {
                <small i18n>counted anew {{ time(at) }}</small>
              }
            </dd>
          </div>
        }
      </dl>
      <p i18n class="hint">Whoever runs this server sets the limits.</p>
    </section>
  `,
  styleUrls: ['./used.css', './quotas.component.css'],
})
export class QuotasComponent {
  readonly usage = input.required<readonly QuotaUsage[]>();
  private readonly clock = inject(Clock);
  protected readonly words = { usageAmount, usageName, usagePercent };

  protected time(at: string): string {
    return moment(Date.parse(at), this.clock.now());
  }
}
