import { computed, signal } from '@angular/core';

import { errorMessage } from '../../live/api-error';
import { NowRow } from '../../models/models';
import { RingsideApi } from '../../services/ringside-api';
import { BulkAction, BulkSummary, Refusal, bulkProgress, subjectsOf, whyNot } from '../../state/bulk-words';

interface Underway {
  readonly action: BulkAction;
  readonly at: number;
  readonly all: number;
}

/** Does one thing to many runs, one after the other, and tells what could not be done and why. */
export class BulkWork {
  private readonly underway = signal<Underway | null>(null);
  private readonly result = signal<BulkSummary | null>(null);
  /** '' while nothing is done. */
  readonly progress = computed(() => {
    const underway = this.underway();
    return underway ? bulkProgress(underway.action, underway.at, underway.all) : '';
  });
  readonly summary = this.result.asReadonly();

  constructor(
    private readonly api: RingsideApi,
    private readonly mayChange: (row: NowRow) => boolean,
    private readonly newKey: () => string,
  ) {}

  async start(action: BulkAction, rows: readonly NowRow[]): Promise<void> {
    if (this.underway()) return;
    const subjects = subjectsOf(action, rows);
    const refused: Refusal[] = [];
    this.result.set(null);
    for (const [at, row] of subjects.entries()) {
      this.underway.set({ action, at, all: subjects.length });
      const why = whyNot(action, row, this.mayChange(row)) || (await this.attempt(action, row));
      if (why) refused.push({ title: row.session_title, why });
    }
    this.underway.set(null);
    this.result.set({ action, done: subjects.length - refused.length, all: subjects.length, refused });
  }

  forget(): void {
    this.result.set(null);
  }

  /** Why it was refused; '' if it was done. */
  private async attempt(action: BulkAction, row: NowRow): Promise<string> {
    try {
      await this.request(action, row);
      return '';
    } catch (error: unknown) {
      return errorMessage(error);
    }
  }

  private request(action: BulkAction, { session_id, run_id }: NowRow): Promise<unknown> {
    const run = run_id ?? '';
    switch (action) {
      case 'stop':
        return this.api.cancel(session_id, run);
      case 'pause':
        return this.api.pause(session_id, run);
      case 'resume':
        return this.api.resume(session_id, run);
      case 'again':
        return this.api.tryAgain(session_id, run, this.newKey());
      case 'archive':
        return this.api.changeSession(session_id, { archived: true });
    }
  }
}
