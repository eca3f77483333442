import { Piece } from './highlight';

/** `text` in pieces, each place that has these words marked, in whatever case. */
export function marked(text: string, words: string): readonly Piece[] {
  if (words === '') return [{ text, marked: false }];
  const pieces: Piece[] = [];
  const [low, wanted] = [text.toLowerCase(), words.toLowerCase()];
  let at = 0;
  // Where letters change their number with their case, places would be wrong: then nothing is marked.
  const found = low.length === text.length ? () => low.indexOf(wanted, at) : () => -1;
  for (let next = found(); next >= 0; next = found()) {
    if (next > at) pieces.push({ text: text.slice(at, next), marked: false });
    pieces.push({ text: text.slice(next, next + wanted.length), marked: true });
    at = next + wanted.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), marked: false });
  return pieces;
}
