import { NgTemplateOutlet } from '@angular/common';
import { Component, computed, inject, viewChildren } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Findings } from '../../services/findings.service';
import { Inbox } from '../../services/inbox.service';
import { ServerReach } from '../../services/server-reach.service';
import { FindingComponent } from './finding.component';
import { PageComponent } from '../shared/page.component';
import { isShortcut } from '../shared/shortcut';
import { ApprovalComponent } from './approval.component';
import { Entries } from './entries';

/** What needs a person, over all sessions, decided without opening one. */
@Component({
  selector: 'app-inbox',
  imports: [ApprovalComponent, FindingComponent, NgTemplateOutlet, PageComponent, RouterLink],
  template: `
    <app-page
      heading="Inbox"
      i18n-heading
      lead="Runs that look stuck, and agents that wait for a person, the oldest first. The first decision counts."
      i18n-lead
    >
      @if (reach.gone()) {
        <p i18n class="none">What waits for you comes from the server, and is shown when that answers again.</p>
      } @else if (inbox.error()) {
        <p class="form-error" role="alert">
          {{ inbox.error() }} <button i18n type="button" class="link" (click)="inbox.load()">Try again</button>
        </p>
      }
      @if (!reach.gone() && findings.error()) {
        <p class="form-error" role="alert">
          {{ findings.error() }} <button i18n type="button" class="link" (click)="findings.load()">Try again</button>
        </p>
      }
      @for (finding of findings.findings() ?? []; track finding.id) {
        <section>
          <a class="clip" [routerLink]="['/sessions', finding.session_id]">{{ finding.session_title }}</a>
          <app-finding [finding]="finding" />
        </section>
      }
      @for (approval of now(); track approval.id) {
        <ng-container [ngTemplateOutlet]="entry" [ngTemplateOutletContext]="{ $implicit: approval }" />
      } @empty {
        @if (inbox.approvals() === null || findings.findings() === null) {
          @if (!inbox.error() && !findings.error()) {
            <p i18n class="none" role="status">Loading…</p>
          }
        } @else if (findings.findings()?.length === 0) {
          @if (later().length > 0) {
            <p class="none" i18n>Nothing waits for you now.</p>
          } @else {
            <p class="none" i18n>Nothing waits for you.</p>
          }
        }
      }
      @if (others().length > 0) {
        <h2 i18n>For others ({{ others().length }})</h2>
        @for (approval of others(); track approval.id) {
          <ng-container [ngTemplateOutlet]="entry" [ngTemplateOutletContext]="{ $implicit: approval }" />
        }
      }
      @if (later().length > 0) {
        <details>
          <summary i18n>Not now ({{ later().length }})</summary>
          @for (approval of later(); track approval.id) {
            <ng-container [ngTemplateOutlet]="entry" [ngTemplateOutletContext]="{ $implicit: approval }" />
          }
        </details>
      }
      @if (inbox.hasMore()) {
        <button i18n type="button" class="link" (click)="inbox.more()">Show more</button>
      }
      <p class="sr" role="status">{{ inbox.said() }}</p>
    </app-page>
    <ng-template #entry let-approval>
      <section>
        @if (approval.session_title !== null) {
          <a class="clip" [routerLink]="['/sessions', approval.session_id]">{{ approval.session_title }}</a>
        } @else {
          <p i18n>A private session, of which you see this question alone.</p>
        }
        <app-approval [approval]="approval" [snoozable]="true" (snoozed)="inbox.snoozed(approval.id, $event)" />
      </section>
    </ng-template>
  `,
  styles: `
    section {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 6px;
      padding: 14px 0 16px;
      border-top: 1px solid var(--line);
    }
    section > a,
    section > p {
      margin: 0;
      justify-self: start;
      max-width: 100%;
      font-size: 12px;
      color: var(--mut);
      text-decoration: none;
    }
    section > a:hover {
      text-decoration: underline;
    }
    h2 {
      margin: 18px 0 12px;
      font-size: 12.5px;
      font-weight: 400;
      color: var(--mut);
    }
    .none,
    summary {
      color: var(--mut);
    }
    details {
      margin-top: 18px;
    }
    summary {
      padding-bottom: 12px;
      font-size: 12.5px;
    }
  `,
  host: { '(document:keydown)': 'onKey($event)' },
})
export class InboxComponent {
  protected readonly inbox = inject(Inbox);
  protected readonly findings = inject(Findings);
  protected readonly reach = inject(ServerReach);
  private readonly mine = computed(() => (this.inbox.approvals() ?? []).filter((one) => one.may_decide));
  protected readonly now = computed(() => this.mine().filter((one) => one.snoozed_until === null));
  protected readonly later = computed(() => this.mine().filter((one) => one.snoozed_until !== null));
  protected readonly others = computed(() => (this.inbox.approvals() ?? []).filter((one) => !one.may_decide));
  private readonly shown = viewChildren(ApprovalComponent);
  private readonly entries = new Entries(() => [this.inbox.approvals(), this.findings.findings()]);

  /** j and k go through the entries; a digit decides the one that has the focus. */
  protected onKey(event: KeyboardEvent): void {
    if (!isShortcut(event) || document.querySelector('dialog[open]')) return;
    const articles = this.entries.shown();
    const at = articles.findIndex((article) => article.contains(document.activeElement));
    const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
    const chosen = articles[at];
    if (step !== 0) articles[Math.max(0, Math.min(articles.length - 1, at + step))]?.focus();
    else if (chosen && /^[1-9]$/.test(event.key)) this.decide(chosen, Number(event.key) - 1);
    else return;
    event.preventDefault();
  }

  private decide(article: Element, place: number): void {
    this.shown()
      .find((one) => one.holds(article))
      ?.decideAt(place);
  }
}
