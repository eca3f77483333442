import { Component, computed, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';

import { BULK_ACTIONS, BulkAction, BulkSummary, bulkName, bulkResult } from '../../state/bulk-words';
import { IconComponent } from '../shared/icon.component';

/** What can be done to the runs that are chosen, and what came of it. */
@Component({
  selector: 'app-now-bulk',
  imports: [IconComponent, RouterLink],
  template: `
    @if (summary(); as told) {
      <div class="told">
        <p role="status">{{ result(told) }}</p>
        @if (told.refused.length > 0) {
          <p i18n>Not done:</p>
          <ul tabindex="0" aria-label="What could not be done" i18n-aria-label>
            @for (one of told.refused; track $index) {
              <li>
                <b>{{ one.title }}</b> {{ one.why }}
              </li>
            }
          </ul>
        }
      </div>
      <button i18n type="button" class="button" (click)="closed.emit()">Close</button>
    } @else {
      <span class="count" role="status">{{ progress() || words() }}</span>
      <span class="spring"></span>
      <span class="actions" role="group" aria-label="Do to the chosen runs" i18n-aria-label>
        @for (action of actions; track action) {
          <button
            type="button"
            class="button"
            [disabled]="count() === 0 || progress() !== ''"
            (click)="wanted.emit(action)"
          >
            {{ name(action) }}
          </button>
        }
        @if (compared(); as query) {
          <a i18n class="button" routerLink="/compare" [queryParams]="query">Compare</a>
        }
      </span>
      <button i18n type="button" class="link" [disabled]="progress() !== ''" (click)="all.emit()">Choose all</button>
      <button
        type="button"
        class="icon-button"
        aria-label="Choose none"
        i18n-aria-label
        title="Choose none"
        i18n-title
        (click)="closed.emit()"
      >
        <app-icon name="close" />
      </button>
    }
  `,
  styleUrl: './now-bulk.component.css',
  host: { role: 'region', '[attr.aria-label]': 'region' },
})
export class NowBulkComponent {
  /** How many are chosen. */
  readonly count = input.required<number>();
  /** The address of a comparison, where exactly two runs are chosen. */
  readonly compared = input<Record<string, string> | null>(null);
  /** What is done just now; '' while nothing is. */
  readonly progress = input('');
  readonly summary = input<BulkSummary | null>(null);
  readonly wanted = output<BulkAction>();
  readonly all = output();
  readonly closed = output();

  protected readonly actions = BULK_ACTIONS;
  protected readonly name = bulkName;
  protected readonly result = bulkResult;
  protected readonly region = $localize`Chosen runs`;
  protected readonly words = computed(() =>
    this.count() === 0 ? $localize`Choose runs` : $localize`:runs|:${this.count()}:count: chosen`,
  );
}
