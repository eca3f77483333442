import { Component, inject, signal } from '@angular/core';

import { AuditChainCheck, AuditEntry } from '../../models/models';
import { PagedList } from './paged-list';
import { AuditFilter, TeamApi } from '../../services/team-api';
import { dayAndTime } from '../../state/format';
import { Submission } from '../shared/submission';
import { PagedFootComponent } from './paged-foot.component';

const PAGE = 50;

/** What was done in the team, by whom and from where, newest first; as a file, and whether it is whole. */
@Component({
  selector: 'app-audit-trail',
  imports: [PagedFootComponent],
  template: `
    <section aria-label="Audit trail" i18n-aria-label>
      <form class="form-row audit-filter" (submit)="$event.preventDefault(); filter()">
        <label i18n for="audit-about">Search</label>
        <input
          id="audit-about"
          class="field"
          type="search"
          maxlength="300"
          autocomplete="off"
          placeholder="User or subject"
          i18n-placeholder
          [value]="about()"
          (input)="about.set($any($event.target).value)"
        />
        <label i18n="a day|" for="audit-since">From</label>
        <input id="audit-since" class="field" type="date" (change)="since.set($any($event.target).value)" />
        <label i18n="a day|" for="audit-until">To</label>
        <input id="audit-until" class="field" type="date" (change)="until.set($any($event.target).value)" />
        <button i18n type="submit" class="button" [disabled]="list.submission.busy()">Search</button>
      </form>
      <div class="links audit-files">
        <button i18n type="button" class="link" [disabled]="submission.busy()" (click)="save('csv')">
          Export as CSV
        </button>
        <button i18n type="button" class="link" [disabled]="submission.busy()" (click)="save('jsonl')">
          Export as JSON Lines
        </button>
        <button type="button" class="link" [disabled]="submission.busy()" (click)="check()">
          {{ submission.busy() ? waitWords : verifyWords }}
        </button>
      </div>
      <p class="form-error" role="alert">{{ submission.error() || fault() }}</p>
      @if (whole()) {
        <p class="outcome" role="status">{{ whole() }}</p>
      }
      @if (list.entries().length > 0) {
        <!-- A region that scrolls must be reachable with the keyboard. -->
        <div class="table-scroll" tabindex="0" role="group" aria-label="Entries" i18n-aria-label>
          <table class="table dense">
            <thead>
              <tr>
                <th i18n>Time</th>
                <th i18n>User</th>
                <th i18n>Action</th>
                <th i18n>Subject</th>
                <th i18n>Address</th>
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
      } @else if (!list.more()) {
        <p i18n class="nothing">No entry fits.</p>
      }
      <app-paged-foot [list]="list" />
    </section>
  `,
  styleUrl: './audit-trail.component.css',
})
export class AuditTrailComponent {
  private readonly api = inject(TeamApi);
  protected readonly submission = new Submission();
  protected readonly waitWords = $localize`Wait…`;
  protected readonly verifyWords = $localize`Verify`;
  protected readonly about = signal('');
  protected readonly since = signal('');
  protected readonly until = signal('');
  protected readonly whole = signal('');
  protected readonly fault = signal('');
  protected readonly list = new PagedList<AuditEntry>((cursor) => this.api.audit(cursor, PAGE, this.asked));
  private asked: AuditFilter = {};

  protected filter(): void {
    this.asked = this.which();
    void this.list.restart();
  }

  /** What was typed, whether it was searched for or not. */
  protected async save(format: 'csv' | 'jsonl'): Promise<void> {
    await this.submission.send(() => this.api.exportAudit(format, this.which()));
  }

  protected async check(): Promise<void> {
    this.whole.set('');
    this.fault.set('');
    await this.submission.send(async () => {
      const found = await this.api.checkAudit();
      this.fault.set(found.fault ?? '');
      if (found.whole) this.whole.set(wholeWords(found));
    });
  }

  private which(): AuditFilter {
    const about = this.about().trim();
    return {
      ...(about ? { about } : {}),
      ...(this.since() ? { since: startOfDay(this.since(), 0) } : {}),
      ...(this.until() ? { until: startOfDay(this.until(), 1) } : {}),
    };
  }

  protected time({ at }: AuditEntry): string {
    return dayAndTime(Date.parse(at));
  }

  /** Without the address, which the title shows. */
  protected name({ actor }: AuditEntry): string {
    return actor.replace(/ <[^>]*>$/, '');
  }
}

/** The moment at which a day of the reader begins, or the day so many days later. */
function startOfDay(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}

function wholeWords({ lines, seq, hash, cut_at, remark }: AuditChainCheck): string {
  if (seq === 0) return remark ?? $localize`The audit trail is empty.`;
  const whole =
    lines === 1
      ? $localize`The audit trail is whole: one entry, none missing or changed.`
      : $localize`The audit trail is whole: ${lines}:count: entries, none missing or changed.`;
  const cut = cut_at === null ? '' : $localize`Older entries were removed because of their age.`;
  const newest = $localize`The newest is ${seq}:number:, with the hash ${hash}:hash:.`;
  return [whole, cut, newest, remark].filter(Boolean).join(' ');
}
