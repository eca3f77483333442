import { ErrorEvent, LoggedEvent, isFinding, isOfBudget } from '../events';
import { Millis } from '../session-state';
import { Look, Note } from './note';
import { PHRASES, Piece, agent, number, paragraph, quote, say } from './phrases';

/** An error that was told, once or several times in the same words. */
export class Trouble extends Note {
  protected readonly name = 'trouble';
  protected override readonly matters = true;
  private times = 0;

  constructor(
    at: Millis,
    private readonly error: ErrorEvent,
  ) {
    super(at);
  }

  again(event: LoggedEvent, stepKey: string | null): void {
    this.times++;
    this.add(event, stepKey);
  }

  protected words(): readonly Piece[] {
    const { times } = this;
    return paragraph(this.main(), times > 1 ? say(PHRASES.toldTimes, { count: number(times) }, times) : []);
  }

  protected look(): Look {
    return isFinding(this.error) || isOfBudget(this.error) ? 'waits' : 'failed';
  }

  private main(): Piece[] {
    const { agent_name: name, message } = this.error;
    const values = { message: quote(message) };
    if (isFinding(this.error)) return say(PHRASES.finding, values);
    if (isOfBudget(this.error)) return say(PHRASES.budget, values);
    return name ? say(PHRASES.troubleOf, { ...values, agent: agent(name) }) : say(PHRASES.trouble, values);
  }
}
