import DOMPurify from 'dompurify';
import { Marked, Token } from 'marked';

/**
 * Markdown from a model as safe elements. Loaded when the first answer is: most of a session's screen works without it.
 * Nothing that loads, submits, styles or scripts survives; links open beside the application.
 */
const marked = new Marked({ gfm: true, breaks: false, renderer: { html: ({ text }) => asWritten(text) } });

const ALLOWED = [
  'p',
  'br',
  'strong',
  'em',
  'del',
  'code',
  'pre',
  'blockquote',
  'ul',
  'ol',
  'li',
  'hr',
  'a',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'sup',
  'sub',
];

const ALLOWED_TAG = new RegExp(`^</?(?:${ALLOWED.join('|')})\\s*/?>$`, 'i');

/** What looks like a tag and is none that we show is what an agent says: 'List<String>', 'Press <Enter>'. */
function asWritten(html: string): string {
  return html.replaceAll(/<[^>]*>?/g, (tag) =>
    ALLOWED_TAG.test(tag) ? tag : tag.replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  );
}

/** A sign of HTML in the text: its elements may go on from one block to the next. */
const HTML = /<[a-z/!?]/i;

/**
 * A text in an element, whose only content it is. A text that is being written grows at its end: what is before that is
 * neither made into elements again nor touched.
 */
export class MarkdownText {
  /** The source of each block, in the order of the element's children; none where the two do not go together. */
  private blocks: readonly string[] = [];
  /** What else than its source decides how a block looks. */
  private manner = '';

  constructor(private readonly element: HTMLElement) {}

  /** `[n]` becomes a button with class `cite` wherever `numbers` has n; null while the text is being written. */
  show(text: string, numbers: ReadonlySet<number> | null): void {
    const tokens = marked.lexer(numbers === null ? settled(text) : text);
    const shown = tokens.filter(({ type }) => type !== 'space' && type !== 'def');
    const blocks = HTML.test(text) ? [] : shown.map(({ raw }) => raw);
    const manner = JSON.stringify([numbers && [...numbers], tokens.links]);
    const same = manner === this.manner ? sharedStart(blocks, this.blocks) : 0;
    patch(this.element, same, render(blocks.length > 0 ? shown.slice(same) : tokens, numbers));
    this.blocks = this.element.childNodes.length === blocks.length ? blocks : [];
    this.manner = manner;
  }
}

/** How many items two lists have in common at their beginning. */
function sharedStart(some: readonly string[], others: readonly string[]): number {
  const different = some.findIndex((one, at) => one !== others[at]);
  return different < 0 ? some.length : different;
}

/** The top-level elements of some blocks. */
function render(blocks: Token[], numbers: ReadonlySet<number> | null): DocumentFragment {
  const html = marked.parser(blocks);
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: ALLOWED,
    ALLOWED_ATTR: ['href', 'title', 'start'],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll('a')) {
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
  }
  // Wide tables and code scroll by themselves, and what scrolls must be reachable with the keyboard.
  for (const wide of fragment.querySelectorAll<HTMLElement>('table, pre')) wide.tabIndex = 0;
  for (const table of fragment.querySelectorAll('table')) alignNumbers(table);
  cite(fragment, numbers);
  for (const child of [...fragment.childNodes]) {
    if (child.nodeType === Node.TEXT_NODE && !child.textContent?.trim()) child.remove();
  }
  return fragment;
}

/**
 * The part of a text in progress that will look the same when it goes on: without the beginning of a citation, of
 * emphasis, or of a table, which would show as raw signs for a moment.
 */
function settled(text: string): string {
  const lines = text.split('\n');
  const table = lines.length - 1 - lines.findLastIndex((line) => !line.startsWith('|'));
  if (table > 0) return lines.slice(0, table < 3 ? -table : -1).join('\n');
  return text.replace(/(?:\s?\[\d*|(?<=^|\s)[*`]+)$/, '');
}

/** '1,234.5', '−12 %', '$3 M', '38 kg'; a citation behind it belongs to it. */
const NUMBER = /^[+\-−–]?\s?[$€£]?\s?\d[\d.,’'\u00a0\u202f ]*(?:\s?(?:%|[\p{L}°]{1,2}))?(?:\s?\[\d+\])*$/u;
const NOTHING = /^[–—-]?$/;

/** Numbers are compared by their places: columns of nothing else are marked, for the style to align at the right. */
function alignNumbers(table: HTMLTableElement): void {
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  const heads = table.tHead?.rows[0]?.cells ?? [];
  [...heads].forEach((head, column) => {
    const cells = rows.map((row) => row.cells[column]).filter((cell) => cell !== undefined);
    const filled = cells.map((cell) => cell.textContent.trim()).filter((text) => !NOTHING.test(text));
    if (filled.length === 0 || !filled.every((text) => NUMBER.test(text))) return;
    for (const cell of [head, ...cells]) cell.className = 'number';
  });
}

const SOURCE = $localize`Source {number}`;

/** While a text is being written its citations are not known yet (`null`); then every `[n]` is one. */
function cite(fragment: DocumentFragment, numbers: ReadonlySet<number> | null): void {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) {
    const text = walker.currentNode as Text;
    if (!text.parentElement?.closest('code, pre, a') && /\[\d+\]/.test(text.data)) texts.push(text);
  }
  for (const text of texts) text.replaceWith(...cited(text.data, numbers));
}

/** A text in pieces: words, and marks with what is beside them, so that no line begins with a mark or a full stop. */
function cited(text: string, numbers: ReadonlySet<number> | null): Node[] {
  return text.split(/([^\s[\]]{0,30}(?:\s?\[\d+\])+[.,;:!?]?)/).flatMap((piece, at): Node[] => {
    if (at % 2 === 0) return [document.createTextNode(piece)];
    const group = document.createElement('span');
    group.className = 'cites';
    for (const [index, part] of piece.split(/\s?\[(\d+)\]/).entries()) {
      const isMark = index % 2 === 1 && (numbers === null || numbers.has(Number(part)));
      group.append(isMark ? mark(Number(part)) : index % 2 === 1 ? `[${part}]` : part);
    }
    return group.querySelector('.cite') ? [group] : [document.createTextNode(piece)];
  });
}

function mark(number: number): HTMLElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'cite';
  button.dataset['number'] = String(number);
  button.setAttribute('aria-label', SOURCE.replace('{number}', String(number)));
  button.textContent = String(number);
  return button;
}

/** Brings what `element` has from its child `start` on to the content of `next`, leaving alone what did not change. */
function patch(element: HTMLElement, start: number, next: DocumentFragment): void {
  const wanted = [...next.childNodes];
  wanted.forEach((node, at) => {
    const present = element.childNodes[start + at];
    if (!present) element.append(node);
    else if (!present.isEqualNode(node)) present.replaceWith(node);
  });
  while (element.childNodes.length > start + wanted.length) element.lastChild?.remove();
}
