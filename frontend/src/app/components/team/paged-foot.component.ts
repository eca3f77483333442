import { Component, input } from '@angular/core';

import { PagedList } from './paged-list';

/** Below a list that is loaded a page at a time: what went wrong, and the way to older entries. */
@Component({
  selector: 'app-paged-foot',
  template: `
    <p class="form-error" role="alert">{{ list().submission.error() }}</p>
    @if (list().more()) {
      <button type="button" class="button" [disabled]="list().submission.busy()" (click)="list().load()">
        {{
          list().submission.busy()
            ? 'Loading…'
            : list().entries().length > 0
              ? 'Show older entries'
              : 'Load the entries'
        }}
      </button>
    }
  `,
})
export class PagedFootComponent {
  readonly list = input.required<PagedList<unknown>>();
}
