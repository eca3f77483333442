import { Component, computed, input } from '@angular/core';

import { PagedList } from './paged-list';

/** Below a list that is loaded a page at a time: what went wrong, and the way to older entries. */
@Component({
  selector: 'app-paged-foot',
  template: `
    <p class="form-error" role="alert">{{ list().submission.error() }}</p>
    @if (list().more()) {
      <button type="button" class="button" [disabled]="list().submission.busy()" (click)="list().load()">
        {{ words() }}
      </button>
    }
  `,
})
export class PagedFootComponent {
  readonly list = input.required<PagedList<unknown>>();
  protected readonly words = computed(() => {
    if (this.list().submission.busy()) return $localize`Loading…`;
    return this.list().entries().length > 0 ? $localize`Show older entries` : $localize`Load the entries`;
  });
}
