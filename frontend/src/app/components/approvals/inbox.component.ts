import { Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Findings } from '../../services/findings.service';
import { Inbox } from '../../services/inbox.service';
import { FindingComponent } from './finding.component';
import { PageComponent } from '../shared/page.component';
import { ApprovalComponent } from './approval.component';

/** What needs a person, over all sessions, decided without opening one. */
@Component({
  selector: 'app-inbox',
  imports: [ApprovalComponent, FindingComponent, PageComponent, RouterLink],
  template: `
    <app-page
      heading="Inbox"
      lead="Runs that look stuck, and agents that wait for a person, the oldest first. The first decision counts."
    >
      @if (inbox.error()) {
        <p class="form-error" role="alert">
          {{ inbox.error() }} <button type="button" class="link" (click)="inbox.load()">Try again</button>
        </p>
      }
      @if (findings.error(); as error) {
        <p class="form-error" role="alert">
          {{ error }} <button type="button" class="link" (click)="findings.load()">Try again</button>
        </p>
      }
      @for (finding of findings.findings() ?? []; track finding.id) {
        <section>
          <a class="clip" [routerLink]="['/sessions', finding.session_id]">{{ finding.session_title }}</a>
          <app-finding [finding]="finding" />
        </section>
      }
      @for (approval of inbox.approvals() ?? []; track approval.id) {
        <section>
          <a class="clip" [routerLink]="['/sessions', approval.session_id]">{{ approval.session_title }}</a>
          <app-approval [approval]="approval" (over)="inbox.remove($event.id)" />
        </section>
      } @empty {
        @if (inbox.approvals() === null || findings.findings() === null) {
          @if (!inbox.error() && !findings.error()) {
            <p class="none" role="status">Loading…</p>
          }
        } @else if (findings.findings()?.length === 0) {
          <p class="none">Nothing waits for you.</p>
        }
      }
      @if (inbox.hasMore()) {
        <button type="button" class="link" (click)="inbox.more()">Show more</button>
      }
    </app-page>
  `,
  styles: `
    section {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 6px;
      padding: 14px 0 16px;
      border-top: 1px solid var(--line);
    }
    section > a {
      justify-self: start;
      max-width: 100%;
      font-size: 12px;
      color: var(--mut);
      text-decoration: none;
    }
    section > a:hover {
      text-decoration: underline;
    }
    .none {
      color: var(--mut);
    }
  `,
})
export class InboxComponent {
  protected readonly inbox = inject(Inbox);
  protected readonly findings = inject(Findings);
}
