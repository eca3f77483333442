import { Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';

import { ErrorEntry } from '../../models/models';
import { PagedList } from './paged-list';
import { TeamApi } from '../../services/team-api';
import { dayAndTime } from '../../state/format';
import { PagedFootComponent } from './paged-foot.component';

const PAGE = 50;

/** What went wrong and was not the user's own doing, newest first. */
@Component({
  selector: 'app-error-log',
  imports: [PagedFootComponent, RouterLink],
  template: `
    <section aria-label="Errors" i18n-aria-label>
      @if (list.entries().length > 0) {
        <div class="table-scroll" tabindex="0" role="group" aria-label="Entries" i18n-aria-label>
          <table class="table dense">
            <thead>
              <tr>
                <th i18n>Time</th>
                <th i18n>Code</th>
                <th i18n>Message</th>
                <th i18n>Session</th>
                <th i18n>Request</th>
              </tr>
            </thead>
            <tbody>
              @for (entry of list.entries(); track $index) {
                <tr>
                  <td class="nowrap">{{ time(entry) }}</td>
                  <td class="nowrap">
                    <code>{{ entry.code }}</code>
                  </td>
                  <td class="about clip" [title]="entry.message">{{ entry.message }}</td>
                  <td class="nowrap" [title]="entry.run_id ?? ''">
                    @if (entry.session_readable) {
                      <a class="link" [routerLink]="['/sessions', entry.session_id]"
                        ><code>{{ entry.session_id }}</code></a
                      >
                    } @else {
                      <code>{{ entry.session_id }}</code>
                    }
                  </td>
                  <td class="nowrap">
                    <code>{{ entry.request_id }}</code>
                  </td>
                </tr>
              }
            </tbody>
          </table>
        </div>
      } @else if (!list.more()) {
        <p i18n class="hint">There were no errors in the last 30 days.</p>
      }
      <app-paged-foot [list]="list" />
    </section>
  `,
})
export class ErrorLogComponent {
  private readonly api = inject(TeamApi);
  protected readonly list = new PagedList<ErrorEntry>((cursor) => this.api.errors(cursor, PAGE));

  protected time({ at }: ErrorEntry): string {
    return dayAndTime(Date.parse(at));
  }
}
