import { Injectable, inject, signal } from '@angular/core';

import { isAway } from '../live/api-error';
import { NowRow } from '../models/models';
import { BROWSER } from './browser';
import { RingsideApi } from './ringside-api';

/** Asks the questions of runs again from their rows, each once: what may have arrived is asked with the same key. */
@Injectable({ providedIn: 'root' })
export class AskedAgain {
  private readonly api = inject(RingsideApi);
  private readonly browser = inject(BROWSER);

  private readonly asked = signal<ReadonlySet<string>>(new Set());
  /** By the ids of the rows, as long as no server has answered. */
  private readonly keys = new Map<string, string>();
  /** The ids of the rows whose questions were asked again, or are just now. */
  readonly rows = this.asked.asReadonly();

  /** Rejects with the API's error; then it can be asked again. */
  async ask({ row_id, session_id, run_id }: NowRow): Promise<void> {
    const key = this.keys.get(row_id) ?? this.browser.newKey();
    this.keys.set(row_id, key);
    this.asked.update((asked) => new Set([...asked, row_id]));
    try {
      await this.api.tryAgain(session_id, run_id ?? '', key);
      this.keys.delete(row_id);
    } catch (error: unknown) {
      if (!isAway(error)) this.keys.delete(row_id);
      this.asked.update((asked) => new Set([...asked].filter((id) => id !== row_id)));
      throw error;
    }
  }
}
