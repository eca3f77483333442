import { Piece } from './highlight';

/** How well a text answers to what was typed, and the text with what was found marked. */
export interface Match {
  readonly score: number;
  readonly pieces: readonly Piece[];
}

const AT_WORD = 8;
const BESIDE = 9;
const LATE = 0.02;
const NONE = -Infinity;

/**
 * The letters of `typed` in their order in `text`, wherever they stand: null unless all are there. Case, diacritics and
 * spaces of `typed` do not count. Beginnings of words and neighbours score best, early ones and short texts a little.
 */
export function fuzzy(text: string, typed: string): Match | null {
  const wanted = Array.from(plain(typed).replace(/\s+/g, ''));
  const letters = Array.from(text);
  const low = letters.map(plain);
  if (wanted.length === 0) return { score: 0, pieces: [{ text, marked: false }] };
  // best[i][j]: of the first i+1 letters that are wanted, with the last of them at j; from[i][j]: where the one before is.
  const best: number[][] = [];
  const from: number[][] = [];
  for (const [row, letter] of wanted.entries()) {
    const before = best[row - 1];
    const [scores, places]: [number[], number[]] = [[], []];
    let [farScore, farAt] = [NONE, -1];
    for (let at = 0; at < low.length; at++) {
      const near = before?.[at - 1] ?? NONE;
      const beside = near + BESIDE;
      let score = NONE;
      if (low[at] === letter) score = before === undefined ? 0 : Math.max(beside, farScore);
      places.push(beside >= farScore ? at - 1 : farAt);
      scores.push(score === NONE ? NONE : score + 1 + (startsWord(letters, at) ? AT_WORD : 0) - at * LATE);
      if (near > farScore) [farScore, farAt] = [near, at - 1];
    }
    best.push(scores);
    from.push(places);
  }
  const last = best[wanted.length - 1] ?? [];
  const score = Math.max(NONE, ...last);
  if (score === NONE) return null;
  const found = new Set<number>();
  for (let row = wanted.length - 1, at = last.indexOf(score); row >= 0; at = from[row--]?.[at] ?? -1) found.add(at);
  return { score: score - letters.length * LATE, pieces: pieces(letters, found) };
}

function pieces(letters: readonly string[], found: ReadonlySet<number>): readonly Piece[] {
  const made: { text: string; marked: boolean }[] = [];
  for (const [at, letter] of letters.entries()) {
    const piece = made.at(-1);
    if (piece?.marked === found.has(at)) piece.text += letter;
    else made.push({ text: letter, marked: found.has(at) });
  }
  return made;
}

function startsWord(letters: readonly string[], at: number): boolean {
  return at === 0 || !/[\p{L}\p{N}]/u.test(letters[at - 1] ?? '');
}

/** Without case and diacritics. One letter stays one letter: what is left of its place. */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
