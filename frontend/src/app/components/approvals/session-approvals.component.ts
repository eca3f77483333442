import {
  Component,
  Injector,
  afterNextRender,
  computed,
  effect,
  inject,
  input,
  signal,
  untracked,
} from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute } from '@angular/router';

import { Approval } from '../../models/models';
import { ApprovalsApi } from '../../services/approvals-api';
import { Inbox } from '../../services/inbox.service';
import { Notices } from '../../services/notices.service';
import { ServerReach } from '../../services/server-reach.service';
import { ApprovalComponent } from './approval.component';
import { Entries } from './entries';

/** What the agents of a session ask a person, where questions are asked. */
@Component({
  selector: 'app-session-approvals',
  imports: [ApprovalComponent],
  template: `
    <p class="sr" role="status">{{ inbox.said() }}</p>
    @if (approvals().length > 0) {
      <section aria-label="Waiting for a person" i18n-aria-label tabindex="0">
        @for (approval of approvals(); track approval.id) {
          <app-approval [id]="approval.id" tabindex="-1" [approval]="approval" />
        }
      </section>
    } @else if (waiting().length > 0 && reach.gone()) {
      <p i18n class="hint">An agent waits for a decision. What it asks, and the decision, need the server.</p>
    }
  `,
  styles: `
    section {
      display: grid;
      gap: 16px;
      max-height: 44dvh;
      overflow: auto;
      padding: 12px 16px;
      border-top: 1px solid var(--line);
    }
  `,
})
export class SessionApprovalsComponent {
  private readonly api = inject(ApprovalsApi);
  protected readonly inbox = inject(Inbox);
  private readonly notices = inject(Notices);
  protected readonly reach = inject(ServerReach);

  readonly sessionId = input.required<string>();
  /** The ids of those that the session's log leaves open. What they ask is told by the server alone. */
  readonly waiting = input.required<readonly string[]>();

  private readonly found = signal<readonly Approval[]>([]);
  /** What was decided here, and whatever the log has ended meanwhile, is gone at once. */
  protected readonly approvals = computed(() =>
    this.found().filter(({ id }) => this.waiting().includes(id) && !this.inbox.over().has(id)),
  );
  private readonly key = computed(() => this.waiting().join(' '));
  /** The one that a notice has led to, once it is there. */
  private readonly wanted = toSignal(inject(ActivatedRoute).fragment);
  private readonly led = computed(() => this.approvals().find(({ id }) => id === this.wanted())?.id ?? null);

  constructor() {
    new Entries(this.approvals);
    effect(() => {
      const [sessionId, key] = [this.sessionId(), this.key()];
      if (this.reach.away()) return; // asked for as soon as it is back
      untracked(() => void this.load(sessionId, key));
    });
    const injector = inject(Injector);
    effect(() => {
      const id = this.led();
      if (id !== null) afterNextRender(() => document.getElementById(id)?.focus(), { injector });
    });
  }

  private async load(sessionId: string, key: string): Promise<void> {
    if (key === '') {
      this.found.set([]);
      return;
    }
    try {
      const { approvals } = await this.api.open({ session_id: sessionId });
      if (sessionId === this.sessionId() && key === this.key()) this.found.set(approvals);
    } catch (error: unknown) {
      this.notices.add(error);
    }
  }
}
