import { LoggedEvent, RunUpdate } from '../events';
import { duration } from '../format';
import { Millis } from '../session-state';
import { Known, Look, Note } from './note';
import { PHRASES, Phrase, Piece, figure, number, paragraph, quote, say } from './phrases';

/** A shorter wait need not be told. */
const SHORT: Millis = 1000;

/** Something that one phrase without a value tells. */
export class Plain extends Note {
  protected readonly name = 'plain';
  constructor(
    at: Millis,
    private readonly phrase: Phrase,
    private readonly values: Readonly<Record<string, Piece>> = {},
  ) {
    super(at);
  }

  protected words(): readonly Piece[] {
    return say(this.phrase, this.values);
  }

  protected look(): Look {
    return 'plain';
  }
}

export class Asked extends Note {
  protected readonly name = 'asked';
  protected override readonly matters = true;
  constructor(
    at: Millis,
    private readonly question: string,
    private readonly again: boolean,
  ) {
    super(at);
  }

  protected words(): readonly Piece[] {
    const asked = say(PHRASES.asked, { question: quote(this.question) });
    return paragraph(asked, this.again ? say(PHRASES.askedAgain) : []);
  }

  protected look(): Look {
    return 'plain';
  }
}

/** The time between being queued and being begun, or begun again. */
export class Turn extends Note {
  protected readonly name = 'turn';
  private until: Millis | null = null;
  private reason: string | null = null;
  private place: number | null = null;

  constructor(
    private readonly since: Millis,
    private readonly again: boolean,
  ) {
    super(since);
  }

  hear(event: RunUpdate & LoggedEvent): void {
    this.reason = event.reason ?? this.reason;
    this.place = event.place ?? this.place;
    this.add(event);
  }

  end(event: LoggedEvent, at: Millis): void {
    this.until = at;
    this.add(event);
  }

  protected words({ run }: Known): readonly Piece[] {
    const reason = this.reason === null ? [] : say(PHRASES.reason, { reason: quote(this.reason) });
    const placed = this.place === null ? [] : say(PHRASES.placed, { place: number(this.place) });
    const took = this.until === null ? 0 : this.until - this.since;
    const values = { duration: figure(duration(took)) };
    if (this.again) {
      const wentOn = this.until === null ? [] : say(PHRASES.wentOnAfter, values);
      return paragraph(say(PHRASES.queuedAgain), reason, wentOn);
    }
    if (this.until === null && run.endedAt === null) return paragraph(say(PHRASES.waitsForTurn), placed, reason);
    return took < SHORT ? placed : paragraph(say(PHRASES.waitedForTurn, values), placed);
  }

  protected look({ run }: Known): Look {
    return this.until === null && run.endedAt === null ? 'waits' : 'plain';
  }
}
