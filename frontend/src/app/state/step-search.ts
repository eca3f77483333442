import { PerPiece } from './per-piece';
import { Activity } from './session-state';
import { StepFilter, passes } from './step-filter';
import { Vector } from './vector';

/** How words are compared. */
export function searchWords(text: string): string {
  return text.trim().toLowerCase();
}

/** Whether any text in a value has these words: in lower case, as `searchWords` gives them. */
export function says(value: unknown, words: string): boolean {
  if (typeof value === 'string') return value.toLowerCase().includes(words);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value).includes(words);
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.some((one) => says(one, words));
  return Object.entries(value).some(([name, one]) => name.toLowerCase().includes(words) || says(one, words));
}

/** Whether a step has these words in what it is, what went in, or what came out. */
export function mentions(activity: Activity, words: string): boolean {
  const { action, agent, details, error, model, input, output } = activity;
  return [action, agent, details, error, model, input, output].some((part) => says(part, words));
}

/** The steps of a session that pass a filter and have its words, each looked at once for as long as it stays as it is. */
export class StepSearch {
  private readonly pieces: PerPiece<Activity, readonly number[]>;

  constructor(filter: StepFilter) {
    const words = searchWords(filter.search);
    this.pieces = new PerPiece((piece, first) =>
      piece.flatMap((activity, at) => (passes(activity, filter) && mentions(activity, words) ? [first + at] : [])),
    );
  }

  /** Their positions, in order. */
  find(activities: Vector<Activity>): readonly number[] {
    return this.pieces.of(activities).flat();
  }
}
