import { duration } from '../format';
import { Activity, Millis } from '../session-state';
import { Known, Look, Note } from './note';
import { PHRASES, Piece, agent, figure, paragraph, quote, say } from './phrases';

/** What an agent asked people, and what they decided. */
export class Question extends Note {
  protected readonly name = 'question';
  protected override readonly matters = true;
  constructor(
    at: Millis,
    private readonly key: string,
  ) {
    super(at);
  }

  protected words(known: Known): readonly Piece[] {
    const step = this.step(known);
    if (step === null) return [];
    const { question } = membersOf(step.input);
    const asked =
      typeof question === 'string'
        ? say(PHRASES.asksPeople, { agent: agent(step.agent), question: quote(question) })
        : say(PHRASES.asksPeopleAbout, { agent: agent(step.agent), action: quote(step.action) });
    return paragraph(asked, ...outcome(step, known));
  }

  protected look(known: Known): Look {
    const step = this.step(known);
    if (step?.end === null) return known.run.endedAt === null ? 'waits' : 'plain';
    return step?.status === 'failed' ? 'failed' : 'plain';
  }

  private step({ state }: Known): Activity | null {
    return state.activities.at(state.positions.get(this.key) ?? -1) ?? null;
  }
}

function outcome(step: Activity, { run }: Known): readonly Piece[][] {
  if (step.end === null) return [say(run.endedAt === null ? PHRASES.undecided : PHRASES.unanswered)];
  if (step.status === 'cancelled') return [say(PHRASES.withdrawn)];
  if (step.status === 'failed') {
    const details = step.error ?? step.details;
    return [details ? say(PHRASES.notDecidedSaying, { details: quote(details) }) : say(PHRASES.notDecided)];
  }
  return decision(step, step.end);
}

function decision(step: Activity, end: Millis): readonly Piece[][] {
  const { choice, decided_by, comment, via } = membersOf(step.output);
  const values = { duration: figure(duration(end - step.begin)) };
  if (typeof choice !== 'string') return [say(PHRASES.decided, values)];
  const chosen = { ...values, choice: quote(labelOf(step, choice)) };
  if (via === 'expiry') return [say(PHRASES.expired, chosen)];
  if (typeof decided_by !== 'string') return [say(PHRASES.decided, values)];
  const person = figure(decided_by);
  const wrote = typeof comment === 'string' ? say(PHRASES.wrote, { person, comment: quote(comment) }) : [];
  return [say(PHRASES.chose, { ...chosen, person }), wrote];
}

function labelOf({ input }: Activity, choice: string): string {
  const { choices } = membersOf(input);
  const chosen = Array.isArray(choices) ? choices.map(membersOf).find(({ id }) => id === choice) : undefined;
  return typeof chosen?.['label'] === 'string' ? chosen['label'] : choice;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
