import { DOCUMENT } from '@angular/common';
import { HttpClient } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { firstValueFrom } from 'rxjs';

import { RingsideApi } from './ringside-api';

/** Lets the browser download something. It keeps the file by itself, however large, and tells of its progress. */
@Injectable({ providedIn: 'root' })
export class DownloadService {
  private readonly api = inject(RingsideApi);
  private readonly http = inject(HttpClient);
  private readonly document = inject(DOCUMENT);

  /** Something of a session. Rejects with the API's error when there would be nothing to download. */
  async download(sessionId: string, url: string): Promise<void> {
    await this.save(url, () => this.api.session(sessionId));
  }

  /** `first` is any request to the API: it renews a sign-in that has expired. */
  async save(url: string, first: () => Promise<unknown>): Promise<void> {
    await first();
    // What a browser is refused when it downloads it tells in no words: so it is asked for before.
    await firstValueFrom(this.http.head(url));
    const link = this.document.createElement('a');
    link.href = url;
    link.download = '';
    link.click();
  }
}
