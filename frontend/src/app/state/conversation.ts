import { Answer, NO_RUN, Run, SessionState } from './session-state';

/** A question and what became of it. */
export interface Turn {
  readonly run: Run;
  readonly answers: readonly Answer[];
  /** What a queued run waits for. */
  readonly waitsFor: string;
}

/** What a queued run waits for: a session's questions are answered one after the other. */
export function waitsFor(run: Run, runs: Iterable<Run>): string {
  for (const earlier of runs) {
    if (earlier.id === run.id) break;
    if (earlier.id !== NO_RUN && earlier.endedAt === null) return 'Waiting for the previous question';
  }
  return 'Waiting for a free agent';
}

/** The runs of a session in the order they were asked, each with the answers that still stand. */
export function conversation(state: Pick<SessionState, 'runs' | 'answers' | 'replaced'>): Turn[] {
  const byRun = new Map<string, Answer[]>();
  for (const answer of state.answers.values()) {
    if (state.replaced.has(answer.id)) continue;
    const answers = byRun.get(answer.runId);
    if (answers) answers.push(answer);
    else byRun.set(answer.runId, [answer]);
  }
  return [...state.runs.values()]
    .map((run) => ({ run, answers: byRun.get(run.id) ?? [], waitsFor: waitsFor(run, state.runs.values()) }))
    .filter(({ run, answers }) => run.id !== NO_RUN || answers.length > 0);
}
