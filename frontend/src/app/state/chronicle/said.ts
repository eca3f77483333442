import { LoggedEvent, UserMessage } from '../events';
import { duration } from '../format';
import { Millis } from '../session-state';
import { Known, Look, Note } from './note';
import { PHRASES, Piece, figure, paragraph, quote, say } from './phrases';

/** What a person said to the agents of the run, and what became of it. */
export class Said extends Note {
  protected readonly name = 'said';
  protected override readonly matters = true;
  private newest: UserMessage | null = null;
  private settled: Millis | null = null;

  constructor(private readonly since: Millis) {
    super(since);
  }

  hear(event: UserMessage & LoggedEvent, at: Millis): void {
    this.newest = event;
    if (event.delivery !== 'queued') this.settled = at;
    this.add(event);
  }

  protected words({ run }: Known): readonly Piece[] {
    if (this.newest === null) return [];
    const { author, text } = this.newest;
    const words = quote(text);
    const said = author ? say(PHRASES.said, { person: figure(author), words }) : say(PHRASES.saidBySomebody, { words });
    return paragraph(said, this.receipt(this.newest, run.endedAt === null));
  }

  protected look({ run }: Known): Look {
    return this.newest?.delivery === 'queued' && run.endedAt === null ? 'open' : 'plain';
  }

  private receipt({ delivery, reason }: UserMessage, goesOn: boolean): Piece[] {
    switch (delivery) {
      case 'queued':
        return say(goesOn ? PHRASES.unread : PHRASES.unreadTold);
      case 'steered':
        return say(PHRASES.read, { duration: figure(duration((this.settled ?? this.since) - this.since)) });
      case 'next-turn':
        return say(PHRASES.askedNext);
      case 'refused':
        return reason ? say(PHRASES.notReadSaying, { reason: quote(reason) }) : say(PHRASES.notRead);
    }
  }
}
