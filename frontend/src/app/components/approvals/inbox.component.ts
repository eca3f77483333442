import { Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Inbox } from '../../services/inbox.service';
import { PageComponent } from '../shared/page.component';
import { ApprovalComponent } from './approval.component';

/** What needs a person, over all sessions, decided without opening one. */
@Component({
  selector: 'app-inbox',
  imports: [ApprovalComponent, PageComponent, RouterLink],
  template: `
    <app-page heading="Inbox" lead="Agents that wait for a person, the oldest first. The first decision counts.">
      @if (inbox.error()) {
        <p class="form-error" role="alert">
          {{ inbox.error() }} <button type="button" class="link" (click)="inbox.load()">Try again</button>
        </p>
      }
      @for (approval of inbox.approvals() ?? []; track approval.id) {
        <section>
          <a class="clip" [routerLink]="['/sessions', approval.session_id]">{{ approval.session_title }}</a>
          <app-approval [approval]="approval" (over)="inbox.remove($event.id)" />
        </section>
      } @empty {
        @if (inbox.approvals() === null) {
          @if (!inbox.error()) {
            <p class="none" role="status">Loading…</p>
          }
        } @else {
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
}
