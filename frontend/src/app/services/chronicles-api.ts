import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import { writeChronicle } from '../models/functions';
import { Chronicle } from '../models/models';

/** Runs in plain words, by a model. Rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class ChroniclesApi {
  private readonly api = inject(Api);

  write(session_id: string, run_id: string): Promise<Chronicle> {
    return this.api.invoke(writeChronicle, { run_id, session_id });
  }
}
