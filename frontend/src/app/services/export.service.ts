import { DOCUMENT } from '@angular/common';
import { HttpClient, HttpErrorResponse } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { firstValueFrom } from 'rxjs';

import { environment } from '../../environments/environment';
import { exportSession$Json } from '../models/functions';
import { RingsideApi } from './ringside-api';

export type ExportFormat = 'json' | 'markdown' | 'csv';

/** Lets the browser download a session. It keeps the file by itself, however large, and tells of its progress. */
@Injectable({ providedIn: 'root' })
export class ExportService {
  private readonly api = inject(RingsideApi);
  private readonly http = inject(HttpClient);
  private readonly document = inject(DOCUMENT);

  /** Rejects with an error in plain words when there would be nothing to download. */
  async download(sessionId: string, format: ExportFormat): Promise<void> {
    // What a browser is refused when it downloads it tells in no words: so it is asked for before. The first request
    // also renews a sign-in that has expired.
    await this.api.session(sessionId);
    const path = exportSession$Json.PATH.replace('{session_id}', encodeURIComponent(sessionId));
    const url = `${environment.serverUrl}${path}?format=${format}`;
    await firstValueFrom(this.http.head(url)).catch((error: unknown) => {
      throw error instanceof HttpErrorResponse && error.status === 503
        ? new Error('Too many exports run at the same time. Try again in a moment.')
        : error;
    });
    const link = this.document.createElement('a');
    link.href = url;
    link.download = '';
    link.click();
  }
}
