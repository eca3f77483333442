import { Answer, NO_RUN, Reasoning, Run, SessionState } from './session-state';

/** A question and what became of it. */
export interface Turn {
  readonly run: Run;
  readonly answers: readonly Answer[];
  readonly reasoning: readonly Reasoning[];
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
export function conversation(state: Pick<SessionState, 'runs' | 'answers' | 'reasoning' | 'replaced'>): Turn[] {
  const answers = byRun(state.answers.values(), state.replaced);
  const reasoning = byRun(state.reasoning.values(), state.replaced);
  return [...state.runs.values()]
    .map((run) => ({
      run,
      answers: answers.get(run.id) ?? [],
      reasoning: (reasoning.get(run.id) ?? []).filter(isTold),
      waitsFor: waitsFor(run, state.runs.values()),
    }))
    .filter(({ run, answers }) => run.id !== NO_RUN || answers.length > 0);
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
