import { Component, inject, signal } from '@angular/core';

import { AuditEntry } from '../models/models';
import { Submission } from '../services/submission';
import { TeamApi } from '../services/team-api';
import { clockTime, when } from '../state/format';

const PAGE = 50;

/** What was done in the team, by whom and from where, newest first. */
@Component({
  selector: 'app-audit-trail',
  template: `
    <section aria-label="Audit trail">
      @if (entries().length > 0) {
        <!-- A region that scrolls must be reachable with the keyboard. -->
        <div class="table-scroll" tabindex="0" role="group" aria-label="Entries">
          <table class="table dense">
            <thead><tr><th>When</th><th>Who</th><th>What</th><th>About</th><th>From</th></tr></thead>
            <tbody>
              @for (entry of entries(); track $index) {
                <tr>
                  <td class="nowrap">{{ time(entry) }}</td>
                  <td class="nowrap" [title]="entry.actor">{{ name(entry) }}</td>
                  <td class="nowrap">{{ entry.action }}</td>
                  <td class="about clip" [title]="entry.subject">{{ entry.subject }}</td>
                  <td><code>{{ entry.address }}</code></td>
                </tr>
              }
            </tbody>
          </table>
        </div>
      }
      <p class="form-error" role="alert">{{ submission.error() }}</p>
      @if (more()) { <button type="button" class="button" [disabled]="submission.busy()" (click)="load()">{{ submission.busy() ? 'Loading…' : entries().length > 0 ? 'Show older entries' : 'Load the entries' }}</button> }
    </section>
  `,
})
export class AuditTrailComponent {
  private readonly api = inject(TeamApi);
  protected readonly submission = new Submission();
  protected readonly entries = signal<readonly AuditEntry[]>([]);
  protected readonly more = signal(true);
  private cursor: string | null = null;

  constructor() {
    void this.load();
  }

  protected time({ at }: AuditEntry): string {
    // 0: with the day, also today.
    return `${when(Date.parse(at), 0)}, ${clockTime(Date.parse(at)).slice(0, 8)}`;
  }

  /** Without the address, which the title shows. */
  protected name({ actor }: AuditEntry): string {
    return actor.replace(/ <[^>]*>$/, '');
  }

  protected async load(): Promise<void> {
    await this.submission.send(async () => {
      const page = await this.api.audit(this.cursor, PAGE);
      this.entries.update((entries) => [...entries, ...page.entries]);
      this.cursor = page.next_cursor;
      this.more.set(page.next_cursor !== null);
    });
  }
}
