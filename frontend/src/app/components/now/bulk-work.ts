import { DestroyRef, computed, inject, signal } from '@angular/core';

import { errorMessage, isAway } from '../../live/api-error';
import { NowRow } from '../../models/models';
import { AskedAgain } from '../../services/asked-again.service';
import { RingsideApi } from '../../services/ringside-api';
import {
  ASKED_ALREADY,
  BulkAction,
  BulkSummary,
  Refusal,
  bulkProgress,
  subjectsOf,
  whyNot,
} from '../../state/bulk-words';

interface Underway {
  readonly action: BulkAction;
  readonly at: number;
  readonly all: number;
}

/**
 * Does one thing to many runs, one after the other, and tells what could not be done and why. It ends early where the
 * server is away, and with the page.
 */
export class BulkWork {
  private readonly underway = signal<Underway | null>(null);
  private readonly result = signal<BulkSummary | null>(null);
  /** '' while nothing is done. */
  readonly progress = computed(() => {
    const underway = this.underway();
    return underway ? bulkProgress(underway.action, underway.at, underway.all) : '';
  });
  readonly summary = this.result.asReadonly();
  private left = false;

  /** Make it in an injection context. */
  constructor(
    private readonly api: RingsideApi,
    private readonly askedAgain: AskedAgain,
    private readonly mayChange: (row: NowRow) => boolean,
  ) {
    inject(DestroyRef).onDestroy(() => (this.left = true));
  }

  async start(action: BulkAction, rows: readonly NowRow[]): Promise<void> {
    if (this.underway()) return;
    const subjects = subjectsOf(action, rows);
    const refused: Refusal[] = [];
    let untried = subjects.length;
    this.result.set(null);
    for (const [at, row] of subjects.entries()) {
      this.underway.set({ action, at, all: subjects.length });
      untried--;
      const problem = await this.problem(action, row);
      if (problem !== null) refused.push({ title: row.session_title, why: problem.why });
      if (this.left || problem?.away) break;
    }
    this.underway.set(null);
    const done = subjects.length - untried - refused.length;
    this.result.set({ action, done, all: subjects.length, refused, untried });
  }

  forget(): void {
    this.result.set(null);
  }

  /** Why it could not be done, and whether that is because the server is away; null if it was done. */
  private async problem(
    action: BulkAction,
    row: NowRow,
  ): Promise<{ readonly why: string; readonly away: boolean } | null> {
    const asked = action === 'again' && this.askedAgain.rows().has(row.row_id);
    const why = whyNot(action, row, this.mayChange(row)) || (asked ? ASKED_ALREADY : '');
    if (why) return { why, away: false };
    try {
      await this.request(action, row);
      return null;
    } catch (error: unknown) {
      return { why: errorMessage(error), away: isAway(error) };
    }
  }

  private request(action: BulkAction, row: NowRow): Promise<unknown> {
    const { session_id, run_id } = row;
    const run = run_id ?? '';
    switch (action) {
      case 'stop':
        return this.api.cancel(session_id, run);
      case 'pause':
        return this.api.pause(session_id, run);
      case 'resume':
        return this.api.resume(session_id, run);
      case 'again':
        return this.askedAgain.ask(row);
      case 'archive':
        return this.api.changeSession(session_id, { archived: true });
    }
  }
}
