/** Markdown as it is read in one line: without the signs for strong words, code and headings. */
export function plainText(markdown: string): string {
  return markdown.replaceAll(/\*\*|__|`+|^#{1,6}\s+/gm, '');
}

/** What follows the headings that it begins with; all of it where nothing follows. */
export function belowHeading(markdown: string): string {
  const below = markdown.replace(/^(?:\s*#{1,6}\s[^\n]*(?:\n|$))+/, '');
  return below.trim() === '' ? markdown : below;
}
