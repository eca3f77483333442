export const MAX_TAGS = 10;
export const MAX_TAG_LENGTH = 40;

/** A tag as the server keeps it; '' if there is nothing of it. */
export function cleanTag(typed: string): string {
  return typed.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase().slice(0, MAX_TAG_LENGTH);
}

/** What may be meant by what is typed: tags that begin with it before those that contain it, without those chosen. */
export function suggestions(
  typed: string,
  known: readonly string[],
  chosen: readonly string[],
  most: number,
): string[] {
  const wanted = cleanTag(typed);
  const left = known.filter((tag) => !chosen.includes(tag) && tag.includes(wanted));
  return [...left.filter((tag) => tag.startsWith(wanted)), ...left.filter((tag) => !tag.startsWith(wanted))].slice(
    0,
    most,
  );
}
