import { AgentActivity, LoggedEvent, hasEnded } from '../events';
import { SessionState } from '../session-state';
import { MICROS, money } from '../spending-words';
import { Known, Look, Note } from './note';
import { PHRASES, Piece, figure, list, number, paragraph, say } from './phrases';

interface Told {
  readonly input: number;
  readonly output: number;
  readonly cost: number | null;
  readonly currency: string | null;
}

interface Sum {
  input: number;
  output: number;
  /** By currency. */
  costs: Map<string, number>;
}

/**
 * What models took, by what the ends of steps tell. A step around others may tell their sum: it counts for what is beyond
 * theirs, as the server counts it (utils/spending/counting.py). Prices of the team are in no event, and not told here.
 */
export class Usage extends Note {
  protected readonly name = 'usage';
  private readonly usages = new Map<string, Told>();

  hear(event: AgentActivity & LoggedEvent, key: string): void {
    const { usage, status } = event;
    if (!usage || !hasEnded(status)) return;
    const { input_tokens: input, output_tokens: output, cost, currency } = usage;
    this.usages.set(key, { input, output, cost: cost ?? null, currency: currency ?? null });
    this.add(event, key);
  }

  protected words({ state, run }: Known): readonly Piece[] {
    if (this.usages.size === 0) return [];
    const { tokens, costs } = this.sum(state);
    const ended = run.endedAt !== null;
    const took = say(ended ? PHRASES.took : PHRASES.takes, { count: number(tokens) }, tokens);
    const spent = [...costs].map(([currency, cost]) => figure(money({ currency, micros: Math.round(cost * MICROS) })));
    return paragraph(
      tokens > 0 ? took : [],
      spent.length > 0 ? say(ended ? PHRASES.cost : PHRASES.costs, { costs: list(spent) }) : [],
    );
  }

  protected look(): Look {
    return 'plain';
  }

  private sum(state: SessionState): { tokens: number; costs: ReadonlyMap<string, number> } {
    const inside = new Map<string | null, string[]>();
    for (const key of this.usages.keys()) {
      const outer = this.around(key, state);
      const beside = inside.get(outer);
      if (beside) beside.push(key);
      else inside.set(outer, [key]);
    }
    const whole = this.total(inside.get(null) ?? [], inside);
    return { tokens: whole.input + whole.output, costs: whole.costs };
  }

  /** Of steps beside each other, with all that is within them. */
  private total(keys: readonly string[], inside: ReadonlyMap<string | null, readonly string[]>): Sum {
    const sum: Sum = { input: 0, output: 0, costs: new Map() };
    for (const key of keys) {
      const below = this.total(inside.get(key) ?? [], inside);
      const own = this.usages.get(key);
      if (own?.cost != null && own.currency !== null && [...below.costs.keys()].every((one) => one === own.currency))
        below.costs.set(own.currency, Math.max(own.cost, below.costs.get(own.currency) ?? 0));
      sum.input += Math.max(own?.input ?? 0, below.input);
      sum.output += Math.max(own?.output ?? 0, below.output);
      for (const [currency, cost] of below.costs) sum.costs.set(currency, (sum.costs.get(currency) ?? 0) + cost);
    }
    return sum;
  }

  /** The nearest step around one that tells what it took; none where steps are around each other. */
  private around(key: string, { activities, positions }: SessionState): string | null {
    const seen = new Set([key]);
    let nearest: string | null = null;
    let at = activities.at(positions.get(key) ?? -1)?.parentKey ?? null;
    while (at !== null) {
      if (seen.has(at)) return null;
      if (this.usages.has(at)) nearest ??= at;
      seen.add(at);
      at = activities.at(positions.get(at) ?? -1)?.parentKey ?? null;
    }
    return nearest;
  }
}
