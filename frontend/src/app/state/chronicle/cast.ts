import { LoggedEvent } from '../events';
import { Millis } from '../session-state';
import { Known, Look, Note } from './note';
import { PHRASES, Piece, agent, list, quote, say } from './phrases';

const MOST_NAMED = 8;

/** Who took part; told where it is more than one. */
export class Cast extends Note {
  protected readonly name = 'cast';
  private readonly names = new Set<string>();

  meet(name: string, event: LoggedEvent): void {
    if (this.names.has(name)) return;
    this.names.add(name);
    this.add(event);
  }

  protected words({ run }: Known): readonly Piece[] {
    if (this.names.size < 2) return [];
    const agents = list([...this.names].slice(0, MOST_NAMED).map(agent), this.names.size);
    return say(run.endedAt === null ? PHRASES.takePart : PHRASES.tookPart, { agents });
  }

  protected look(): Look {
    return 'plain';
  }
}

/** An agent of which nothing but its status is told. */
export class Presence extends Note {
  protected readonly name = 'presence';
  private details: string | null = null;
  private hasSteps = false;

  constructor(
    at: Millis,
    private readonly agent: string,
  ) {
    super(at);
  }

  says(event: LoggedEvent, details: string | null | undefined): void {
    this.details = details ?? this.details;
    this.add(event);
  }

  /** It has steps or words of its own, which are told instead. */
  works(event: LoggedEvent): void {
    if (this.hasSteps) return;
    this.hasSteps = true;
    this.add(event);
  }

  protected words(): readonly Piece[] {
    if (this.hasSteps) return [];
    const values = { agent: agent(this.agent) };
    if (this.details === null) return say(PHRASES.present, values);
    return say(PHRASES.presentSaid, { ...values, details: quote(this.details) });
  }

  protected look(): Look {
    return 'plain';
  }
}
