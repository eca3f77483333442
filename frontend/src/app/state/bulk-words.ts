import { NowRow } from '../models/models';
import { isOver } from './now-words';

/** What can be done to many runs at once. */
export const BULK_ACTIONS = ['stop', 'pause', 'resume', 'again', 'archive'] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];

/** What came of it. */
export interface BulkSummary {
  readonly action: BulkAction;
  readonly done: number;
  readonly all: number;
  readonly refused: readonly Refusal[];
  /** How many were left alone, because the server was away. */
  readonly untried: number;
}

/** What could not be done to a run, and why. */
export interface Refusal {
  readonly title: string;
  readonly why: string;
}

interface Words {
  readonly name: string;
  readonly doing: string;
  readonly done: string;
}

const WORDS: Readonly<Record<BulkAction, Words>> = {
  stop: { name: 'Stop', doing: 'Stopping', done: 'Stopped' },
  pause: { name: 'Pause', doing: 'Pausing', done: 'Paused' },
  resume: { name: 'Resume', doing: 'Resuming', done: 'Resumed' },
  again: { name: 'Try again', doing: 'Trying again', done: 'Tried again' },
  archive: { name: 'Archive sessions', doing: 'Archiving', done: 'Archived' },
};

export function bulkName(action: BulkAction): string {
  return WORDS[action].name;
}

/** `at`: how many have been dealt with. */
export function bulkProgress(action: BulkAction, at: number, all: number): string {
  return `${WORDS[action].doing} ${Math.min(at + 1, all)} of ${all}…`;
}

export function bulkResult({ action, done, all, untried }: BulkSummary): string {
  const words = done === all ? `${WORDS[action].done} ${all}.` : `${WORDS[action].done} ${done} of ${all}.`;
  return untried === 0 ? words : `${words} ${untried === 1 ? '1 was' : `${untried} were`} not tried.`;
}

export const ASKED_ALREADY = 'Its question was asked again already.';

/** Why it cannot be done to a run, as far as that is known here; '' where it can. */
export function whyNot(action: BulkAction, row: NowRow, mayChange: boolean): string {
  if (!mayChange) return 'Only its owner, or an administrator, can do this.';
  if (action === 'archive') return '';
  if (!row.run_id) return 'It has no run.';
  if (action === 'again') {
    if (!isOver(row)) return 'It has not ended yet.';
    return row.reported ? 'A program outside Ringside ran it.' : '';
  }
  if (isOver(row)) return 'It has ended.';
  return action !== 'stop' && row.reported ? 'A program outside Ringside works on it: pause it there.' : '';
}

/** What is to be dealt with: of an action on sessions, each session once. */
export function subjectsOf(action: BulkAction, rows: readonly NowRow[]): readonly NowRow[] {
  if (action !== 'archive') return rows;
  return [...new Map(rows.map((row) => [row.session_id, row])).values()];
}
