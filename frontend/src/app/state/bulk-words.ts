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
  /** `at`: the one that is dealt with now. */
  readonly doing: (at: number, all: number) => string;
  readonly done: (all: number) => string;
  readonly some: (done: number, all: number) => string;
}

const WORDS: Readonly<Record<BulkAction, Words>> = {
  stop: {
    name: $localize`:what is done to many runs|:Stop`,
    doing: (at, all) => $localize`Stopping ${at}:at: of ${all}:all:…`,
    done: (all) => $localize`Stopped ${all}:all:.`,
    some: (done, all) => $localize`Stopped ${done}:done: of ${all}:all:.`,
  },
  pause: {
    name: $localize`:what is done to many runs|:Pause`,
    doing: (at, all) => $localize`Pausing ${at}:at: of ${all}:all:…`,
    done: (all) => $localize`Paused ${all}:all:.`,
    some: (done, all) => $localize`Paused ${done}:done: of ${all}:all:.`,
  },
  resume: {
    name: $localize`:what is done to many runs|:Resume`,
    doing: (at, all) => $localize`Resuming ${at}:at: of ${all}:all:…`,
    done: (all) => $localize`Resumed ${all}:all:.`,
    some: (done, all) => $localize`Resumed ${done}:done: of ${all}:all:.`,
  },
  again: {
    name: $localize`:what is done to many runs|:Try again`,
    doing: (at, all) => $localize`Trying again ${at}:at: of ${all}:all:…`,
    done: (all) => $localize`Tried again ${all}:all:.`,
    some: (done, all) => $localize`Tried again ${done}:done: of ${all}:all:.`,
  },
  archive: {
    name: $localize`Archive sessions`,
    doing: (at, all) => $localize`Archiving ${at}:at: of ${all}:all:…`,
    done: (all) => $localize`Archived ${all}:all:.`,
    some: (done, all) => $localize`Archived ${done}:done: of ${all}:all:.`,
  },
};

export function bulkName(action: BulkAction): string {
  return WORDS[action].name;
}

/** `at`: how many have been dealt with. */
export function bulkProgress(action: BulkAction, at: number, all: number): string {
  return WORDS[action].doing(Math.min(at + 1, all), all);
}

export function bulkResult({ action, done, all, untried }: BulkSummary): string {
  const words = done === all ? WORDS[action].done(all) : WORDS[action].some(done, all);
  if (untried === 0) return words;
  return untried === 1
    ? $localize`${words}:result: 1 was not tried.`
    : $localize`${words}:result: ${untried}:count: were not tried.`;
}

export const ASKED_ALREADY = $localize`Its question was asked again already.`;

/** Why it cannot be done to a run, as far as that is known here; '' where it can. */
export function whyNot(action: BulkAction, row: NowRow, mayChange: boolean): string {
  if (!mayChange) return $localize`Only its owner, or an administrator, can do this.`;
  if (action === 'archive') return '';
  if (!row.run_id) return $localize`It has no run.`;
  if (action === 'again') {
    if (!isOver(row)) return $localize`It has not ended yet.`;
    return row.reported ? $localize`A program outside Ringside ran it.` : '';
  }
  if (isOver(row)) return $localize`It has ended.`;
  return action !== 'stop' && row.reported ? $localize`A program outside Ringside works on it: pause it there.` : '';
}

/** What is to be dealt with: of an action on sessions, each session once. */
export function subjectsOf(action: BulkAction, rows: readonly NowRow[]): readonly NowRow[] {
  if (action !== 'archive') return rows;
  return [...new Map(rows.map((row) => [row.session_id, row])).values()];
}
