export interface Piece {
  readonly text: string;
  readonly marked: boolean;
}

/**
 * `text` in pieces, the quoted one marked. White space and the kind of quotation marks may differ, as they do between
 * a page and what a model quotes of it; an ellipsis in the quote stands for left-out words.
 */
export function highlight(text: string, quote: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const part of quote.split(/\s*(?:…|\.\.\.)\s*/)) {
    const found = find(text, part, at);
    if (!found) continue;
    if (found.index > at) pieces.push({ text: text.slice(at, found.index), marked: false });
    pieces.push({ text: found[0], marked: true });
    at = found.index + found[0].length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), marked: false });
  return pieces;
}

function find(text: string, part: string, from: number): RegExpExecArray | null {
  const words = part.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return null;
  const pattern = words
    .map((word) =>
      word
        .replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
        .replace(/["“”„«»]/g, '["“”„«»]')
        .replace(/['’‘]/g, "['’‘]"),
    )
    .join('\\s+');
  const search = new RegExp(pattern, 'gi');
  search.lastIndex = from;
  return search.exec(text);
}
