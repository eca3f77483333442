import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import { readOperations, releaseRun, stopRun } from '../models/functions';
import { Operations } from '../models/models';

/** The part of the HTTP API about the queue, and who works on what. Rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class OperationsApi {
  private readonly api = inject(Api);

  read(): Promise<Operations> {
    return this.api.invoke(readOperations);
  }

  async release(run_id: string): Promise<void> {
    await this.api.invoke(releaseRun, { run_id });
  }

  async stop(run_id: string): Promise<void> {
    await this.api.invoke(stopRun, { run_id });
  }
}
