import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import { decide, listApprovals } from '../models/functions';
import { ApprovalPage, NewDecision } from '../models/models';

/** Of which session, and from where on. */
interface Asked {
  readonly session_id?: string;
  readonly cursor?: string;
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
}
