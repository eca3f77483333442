/** Code, in which signs stay as they are; a link; and else the signs for strong words and headings. */
const SIGNS =
  /^(`{3,})[^\n`]*\n(?<block>[^]*?)\n?\1|(`+)(?!`)(?<code>[^]+?)\3(?!`)|!?\[(?<link>[^\]\n]+)\]\([^)\s]*\)|`+|\*\*|__|^#{1,6}\s+/gm;

/** Markdown as it is read in one line: without the signs for strong words, code, headings and links. */
export function plainText(markdown: string): string {
  return markdown.replaceAll(SIGNS, (...match) => {
    const { block, code, link } = match.at(-1) as Readonly<Record<string, string | undefined>>;
    return block ?? code ?? link ?? '';
  });
}

/** What follows the headings that it begins with; all of it where nothing follows. */
export function belowHeading(markdown: string): string {
  const below = markdown.replace(/^(?:\s*#{1,6}\s[^\n]*(?:\n|$))+/, '');
  return below.trim() === '' ? markdown : below;
}
