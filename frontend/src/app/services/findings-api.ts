import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import { dismiss, listFindings } from '../models/functions';
import { Finding } from '../models/models';

/** What makes runs look stuck. Every method rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class FindingsApi {
  private readonly api = inject(Api);

  /** What is found now, in all sessions that one may see, the oldest first. */
  async open(): Promise<readonly Finding[]> {
    return (await this.api.invoke(listFindings)).findings;
  }

  /** It is fine, for the whole run. */
  async dismiss(finding_id: string): Promise<void> {
    await this.api.invoke(dismiss, { finding_id });
  }
}
