import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import { decide, endSnooze, listApprovals, snooze } from '../models/functions';
import { ApprovalPage, NewDecision } from '../models/models';

/** Of which session, from where on, and how many at most. */
interface Asked {
  readonly session_id?: string;
  readonly cursor?: string;
  readonly limit?: number;
}

/** Questions of agents to people. Every method rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class ApprovalsApi {
  private readonly api = inject(Api);

  /** Those that wait, the oldest first. */
  open(asked: Asked = {}): Promise<ApprovalPage> {
    return this.api.invoke(listApprovals, { status: 'open', ...asked });
  }

  /** The first decision counts. Sent again, it gets the same answer. */
  async decide(approval_id: string, body: NewDecision): Promise<void> {
    await this.api.invoke(decide, { approval_id, body });
  }

  /** Leave it out of one's own inbox until then; null: ask again. It decides nothing. */
  async snooze(approval_id: string, until: Date | null): Promise<void> {
    if (until === null) await this.api.invoke(endSnooze, { approval_id });
    else await this.api.invoke(snooze, { approval_id, body: { until: until.toISOString() } });
  }
}
