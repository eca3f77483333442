import { Component, inject } from '@angular/core';

import { AuditEntry } from '../../models/models';
import { PagedList } from './paged-list';
import { TeamApi } from '../../services/team-api';
import { dayAndTime } from '../../state/format';
import { PagedFootComponent } from './paged-foot.component';

const PAGE = 50;

/** What was done in the team, by whom and from where, newest first. */
@Component({
  selector: 'app-audit-trail',
  imports: [PagedFootComponent],
  template: `
    <section aria-label="Audit trail">
      @if (list.entries().length > 0) {
        <!-- A region that scrolls must be reachable with the keyboard. -->
        <div class="table-scroll" tabindex="0" role="group" aria-label="Entries">
          <table class="table dense">
            <thead>
              <tr>
                <th>Time</th>
                <th>User</th>
                <th>Action</th>
                <th>Subject</th>
                <th>Address</th>
              </tr>
            </thead>
            <tbody>
              @for (entry of list.entries(); track $index) {
                <tr>
                  <td class="nowrap">{{ time(entry) }}</td>
                  <td class="nowrap" [title]="entry.actor">{{ name(entry) }}</td>
                  <td class="nowrap">{{ entry.action }}</td>
                  <td class="about clip" [title]="entry.subject">{{ entry.subject }}</td>
                  <td>
                    <code>{{ entry.address }}</code>
                  </td>
                </tr>
              }
            </tbody>
          </table>
        </div>
      }
      <app-paged-foot [list]="list" />
    </section>
  `,
})
export class AuditTrailComponent {
  private readonly api = inject(TeamApi);
  protected readonly list = new PagedList<AuditEntry>((cursor) => this.api.audit(cursor, PAGE));

  protected time({ at }: AuditEntry): string {
    return dayAndTime(Date.parse(at));
  }

  /** Without the address, which the title shows. */
  protected name({ actor }: AuditEntry): string {
    return actor.replace(/ <[^>]*>$/, '');
  }
}
