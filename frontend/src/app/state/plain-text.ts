/** Markdown as it is read in one line: without the signs for strong words, code and headings. */
export function plainText(markdown: string): string {
  return markdown.replaceAll(/\*\*|__|`+|^#{1,6}\s+/gm, '');
}
