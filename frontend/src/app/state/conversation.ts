import { hasEnded } from './events';
import { quoted } from './format';
import { Answer, FromStep, Reasoning, Run, SessionState } from './session-state';

/** A question and what became of it. */
export interface Turn {
  readonly run: Run;
  readonly answers: readonly Answer[];
  readonly reasoning: readonly Reasoning[];
  /** The run whose question it asks again; null for a new question, or where that run is not known any more. */
  readonly origin: Origin | null;
  /** Whether its question was asked again, so that agents are not told of it any more. */
  readonly replaced: boolean;
}

/** Where a run comes from that asks a question again. */
export interface Origin {
  readonly id: string;
  /** Its number in the session, from 1. */
  readonly number: number;
  /** Whether the question is another one, or the input of the step. */
  readonly edited: boolean;
  /** The step of that run from which it begins; null: it begins at its beginning. */
  readonly step: FromStep | null;
}

/** A question that is written anew, to be asked instead of that of a run. */
export interface EditedQuestion {
  readonly runId: string;
  /** The number of the run in the session, from 1. */
  readonly number: number;
  /** As it was asked. */
  readonly question: string;
}

/** What a queued run waits for: a session's questions are answered one after the other. */
export function waitsFor(run: Run, runs: readonly Run[]): string {
  const active = activeRun(runs);
  return active === null || active.id === run.id
    ? $localize`Waiting for a free agent`
    : $localize`Waiting for the previous question`;
}

/** The run that is answered now, or next: those of one session follow one another. */
export function activeRun(runs: readonly Run[]): Run | null {
  const open = runs.filter((run) => run.ours && !hasEnded(run.status));
  return open.find(({ startedAt }) => startedAt !== null) ?? inOrder(open)[0] ?? null;
}

/** Differs whenever a turn begins, ends or gets another text; while a text is written it is the same. */
export function signs(turns: readonly Turn[]): string {
  return JSON.stringify(
    turns.map(({ run, answers, reasoning, replaced }) => [
      [run.id, run.status, run.question, run.reason, run.pausedAt, replaced],
      answers.map(({ id, final }) => [id, final]),
      reasoning.map(({ id, end }) => [id, end]),
    ]),
  );
}

/** As the queue was put in order, else as they were asked. */
function inOrder(runs: readonly Run[]): Run[] {
  const place = (run: Run): number => run.place ?? Number.MAX_SAFE_INTEGER;
  return [...runs].sort((one, other) => place(one) - place(other));
}

/** Whether it was withdrawn before anybody worked on it. */
export function isWithdrawn(run: Run): boolean {
  return run.ours && run.startedAt === null && run.status === 'cancelled';
}

/** What to watch, unless something else is chosen: what is answered now, or what was last worked on. */
export function runToShow(runs: readonly Run[]): Run | null {
  return activeRun(runs) ?? runs.findLast((run) => !isWithdrawn(run)) ?? runs.at(-1) ?? null;
}

/**
 * The questions behind the one that is answered now. Those that were withdrawn stay among them until that has ended, so
 * that the others keep their places.
 */
export function queueOf(runs: readonly Run[]): Run[] {
  const active = activeRun(runs);
  if (active === null) return [];
  const behind = runs.indexOf(active);
  const asked = runs.filter((run) => run.ours && run.startedAt === null && run !== active);
  return inOrder(asked.filter((run) => run.endedAt === null || runs.indexOf(run) > behind));
}

/** How many have begun, wait and have ended, as words that differ whenever one does. */
export function counts(runs: readonly Run[]): string {
  const waiting = runs.filter(({ status }) => status === 'waiting').length;
  return `${runs.length} begun, ${waiting} waiting, ${runs.filter((run) => run.endedAt !== null).length} ended`;
}

/**
 * The runs of a session in the order they were asked, without the queue, each with the answers that still stand. What
 * agents elsewhere do without a word is no part of it.
 */
export function conversation(state: Pick<SessionState, 'runs' | 'answers' | 'reasoning' | 'replaced'>): Turn[] {
  const answers = byRun(state.answers.values(), state.replaced);
  const reasoning = byRun(state.reasoning.values(), state.replaced);
  const runs = [...state.runs.values()];
  const queue = new Set(queueOf(runs));
  const replaced = replacedRuns(runs);
  return runs
    .filter((run) => !queue.has(run))
    .map((run) => ({
      run,
      origin: originOf(run, runs),
      replaced: replaced.has(run.id),
      answers: answers.get(run.id) ?? [],
      reasoning: (reasoning.get(run.id) ?? []).filter(isTold),
    }))
    .filter(hasWords);
}

/** What is asked again, unless that was withdrawn. */
export function replacedRuns(runs: readonly Run[]): ReadonlySet<string> {
  return new Set(runs.flatMap((run) => (run.retryOf === null || isWithdrawn(run) ? [] : [run.retryOf])));
}

export function originOf(run: Run, runs: readonly Run[]): Origin | null {
  if (run.retryOf === null) return null;
  const origin = runs.find(({ id }) => id === run.retryOf);
  if (!origin) return null;
  const edited = run.fromStep?.edited ?? origin.question !== run.question;
  return { id: origin.id, number: origin.number, edited, step: run.fromStep };
}

/** Whether a run asks again what one was asked that is not loaded. */
export function lacksOrigin({ runs, first, kept }: Pick<SessionState, 'runs' | 'first' | 'kept'>): boolean {
  return first > kept && [...runs.values()].some(({ retryOf }) => retryOf !== null && !runs.has(retryOf));
}

export function originWords({ number, edited, step }: Origin): string {
  if (step === null) {
    return edited ? $localize`Edited from run ${number}:number:` : $localize`Tried again from run ${number}:number:`;
  }
  const action = quoted(step.action);
  return edited
    ? $localize`Again from ${action}:step: of run ${number}:number:, with another input`
    : $localize`Again from ${action}:step: of run ${number}:number:`;
}

/** The runs that begin from a step of a run, each with its number in the session, from 1. */
export function runsFrom(runId: string, activityId: string, runs: readonly Run[]): { id: string; number: number }[] {
  return runs
    .filter((run) => run.retryOf === runId && run.fromStep?.activityId === activityId)
    .map(({ id, number }) => ({ id, number }));
}

/** Whether its question can be asked again: it came to nothing, and nobody has done so. */
export function mayTryAgain(run: Run, runs: readonly Run[]): boolean {
  const failed = run.status === 'failed' || run.status === 'cancelled';
  return failed && run.ours && run.question !== null && !replacedRuns(runs).has(run.id);
}

/** Whether there is something to read, or it is about to be written here. */
function hasWords({ run, answers, reasoning }: Turn): boolean {
  if (run.ours || run.question !== null || run.status === 'failed') return true;
  return answers.length + reasoning.length + run.told.length > 0;
}

/** What was thought in one step. */
export function reasoningIn(state: Pick<SessionState, 'reasoning' | 'replaced'>, stepKey: string): Reasoning[] {
  return [...state.reasoning.values()].filter(
    (reasoning) => reasoning.stepKey === stepKey && !state.replaced.has(reasoning.id) && isTold(reasoning),
  );
}

/** To some guests it is told that a model thinks, but not what. */
function isTold(reasoning: Reasoning): boolean {
  return reasoning.text.trim() !== '';
}

function byRun<T extends { id: string; runId: string }>(texts: Iterable<T>, replaced: ReadonlySet<string>) {
  const found = new Map<string, T[]>();
  for (const text of texts) {
    if (replaced.has(text.id)) continue;
    const known = found.get(text.runId);
    if (known) known.push(text);
    else found.set(text.runId, [text]);
  }
  return found;
}
