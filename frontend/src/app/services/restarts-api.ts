import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import { askAgain, readRestart } from '../models/functions';
import { AcceptedMessage, RestartPoint, StartingStep } from '../models/models';

/** Runs that begin from a step of another one. Rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class RestartsApi {
  private readonly api = inject(Api);

  /** Whether a run can begin from the step, and with what. */
  ask(session_id: string, run_id: string, activity_id: string): Promise<RestartPoint> {
    return this.api.invoke(readRestart, { run_id, activity_id, session_id });
  }

  /** Another run, from the step or, without one, from the beginning. Sent again with the same `key`, it counts once. */
  begin(session_id: string, run_id: string, key: string, from_step?: StartingStep): Promise<AcceptedMessage> {
    return this.api.invoke(askAgain, { run_id, session_id, body: { from_step }, 'Idempotency-Key': key });
  }
}
