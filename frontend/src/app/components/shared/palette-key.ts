/** Whether this is a Mac, where Ctrl-K in a text field deletes the rest of the line. */
const MAC = /Mac OS|iPhone|iPad/.test(navigator.userAgent);

export const PALETTE_KEY = MAC ? '⌘ K' : $localize`:two keys, with a space between them|:Ctrl K`;

/** Whether a key asks for the commands; also while something is written. */
export function opensPalette(event: KeyboardEvent): boolean {
  const held = MAC ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
  return held && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k';
}
