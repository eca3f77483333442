import { DOCUMENT } from '@angular/common';
import { HttpClient } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { firstValueFrom } from 'rxjs';

import { RingsideApi } from './ringside-api';

/** Lets the browser download something of a session. It keeps the file by itself, however large, and tells of its progress. */
@Injectable({ providedIn: 'root' })
export class DownloadService {
  private readonly api = inject(RingsideApi);
  private readonly http = inject(HttpClient);
  private readonly document = inject(DOCUMENT);

  /** Rejects with the API's error when there would be nothing to download. */
  async download(sessionId: string, url: string): Promise<void> {
    // What a browser is refused when it downloads it tells in no words: so it is asked for before. The first request
    // also renews a sign-in that has expired.
    await this.api.session(sessionId);
    await firstValueFrom(this.http.head(url));
    const link = this.document.createElement('a');
    link.href = url;
    link.download = '';
    link.click();
  }
}
