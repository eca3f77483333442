import { belowHeading, plainText } from '../plain-text';
import { Answer, Millis } from '../session-state';
import { Known, Look, Note } from './note';
import { PHRASES, Piece, agent, firstSentence, number, paragraph, quote, say } from './phrases';

/** A text for the user: its first sentence. */
export class Text extends Note {
  protected readonly name = 'text';
  constructor(
    at: Millis,
    private readonly key: string,
  ) {
    super(at);
  }

  protected words({ state, run }: Known): readonly Piece[] {
    const answer = state.answers.get(this.key);
    if (answer === undefined) return [];
    if (state.replaced.has(answer.id)) return say(PHRASES.replaced, { agent: agent(answer.agent) });
    const first = firstSentence(plainText(belowHeading(answer.text)).replaceAll(/ ?\[\d+\]/g, ''));
    return paragraph(said(answer, first, run.endedAt !== null), cited(answer));
  }

  protected look({ state, run }: Known): Look {
    const answer = state.answers.get(this.key);
    return answer && !answer.final && run.endedAt === null && !state.replaced.has(answer.id) ? 'open' : 'plain';
  }
}

function said({ agent: name, final }: Answer, first: string, runEnded: boolean): Piece[] {
  const values = { agent: agent(name), words: quote(first) };
  if (final) return say(first === '' ? PHRASES.answeredNothing : PHRASES.answered, values);
  if (runEnded) return say(first === '' ? PHRASES.brokenAtOnce : PHRASES.broken, values);
  return say(first === '' ? PHRASES.beginsAnswer : PHRASES.answering, values);
}

function cited({ final, citations }: Answer): Piece[] {
  if (!final || citations.length === 0) return [];
  return say(PHRASES.cites, { count: number(citations.length) }, citations.length);
}
