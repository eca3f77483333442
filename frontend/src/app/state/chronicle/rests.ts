import { LoggedEvent } from '../events';
import { duration } from '../format';
import { Millis } from '../session-state';
import { Known, Look, Note } from './note';
import { PHRASES, Piece, figure, paragraph, quote, say } from './phrases';

/** A time in which nothing was done: from one event to another. */
abstract class Rest extends Note {
  protected reason: string | null = null;
  private until: Millis | null = null;

  constructor(private readonly since: Millis) {
    super(since);
  }

  hear(event: LoggedEvent, reason: string | null | undefined): void {
    this.reason = reason ?? this.reason;
    this.add(event);
  }

  end(event: LoggedEvent, at: Millis): void {
    this.until = at;
    this.add(event);
  }

  protected get lasted(): Piece | null {
    return this.until === null ? null : figure(duration(this.until - this.since));
  }

  protected look({ run }: Known): Look {
    return this.until === null && run.endedAt === null ? 'waits' : 'plain';
  }
}

/** A run waited, for whatever its event says. */
export class Wait extends Rest {
  protected readonly name = 'wait';
  protected words({ run }: Known): readonly Piece[] {
    const waits = this.lasted === null && run.endedAt === null;
    const bare = waits ? PHRASES.waits : PHRASES.waited;
    const phrase = waits ? PHRASES.waitsFor : PHRASES.waitedFor;
    const waited = this.reason === null ? say(bare) : say(phrase, { reason: quote(this.reason) });
    return paragraph(waited, this.lasted === null ? [] : say(PHRASES.wentOnAfter, { duration: this.lasted }));
  }
}

/** Somebody paused it: at once, or, of one that is worked on, at its next safe point. */
export class Pause extends Rest {
  protected readonly name = 'pause';
  protected override readonly matters = true;
  private rests = false;

  hold(event: LoggedEvent): void {
    this.rests = true;
    this.add(event);
  }

  protected words({ run }: Known): readonly Piece[] {
    const now = this.lasted === null && run.endedAt === null;
    const paused = !this.rests ? PHRASES.pauses : now ? PHRASES.isPaused : PHRASES.wasPaused;
    const reason = this.reason === null ? [] : say(PHRASES.paused, { reason: quote(this.reason) });
    const resumed = this.lasted === null ? [] : say(PHRASES.resumedAfter, { duration: this.lasted });
    return paragraph(say(paused), reason, resumed);
  }
}
