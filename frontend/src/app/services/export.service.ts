import { HttpErrorResponse } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';

import { exportSession$Json } from '../models/functions';
import { DownloadService } from './download.service';

export type ExportFormat = 'json' | 'markdown' | 'csv';

/** A session as a file. */
@Injectable({ providedIn: 'root' })
export class ExportService {
  private readonly downloads = inject(DownloadService);

  /** Rejects with an error in plain words when there would be nothing to download. */
  async download(sessionId: string, format: ExportFormat): Promise<void> {
    const path = exportSession$Json.PATH.replace('{session_id}', encodeURIComponent(sessionId));
    const url = `${path}?format=${format}`;
    await this.downloads.download(sessionId, url).catch((error: unknown) => {
      throw error instanceof HttpErrorResponse && error.status === 503 && error.url?.includes(path) === true
        ? new Error($localize`Too many exports run at the same time. Try again in a moment.`)
        : error;
    });
  }
}
