/** The words a person reads in an element, one blank between any two pieces. */
export function words(element: Element | null | undefined): string {
  if (!element) return '';
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const pieces: string[] = [];
  while (walker.nextNode()) pieces.push((walker.currentNode as Text).data.replace(/\s+/g, ' ').trim());
  return pieces.filter(Boolean).join(' ');
}

/** The element, which has to be there and of that kind. */
export function find<E extends HTMLElement>(within: Element, selector: string, kind: new () => E): E {
  const element = within.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`There is no ${kind.name} ${selector}.`);
  return element;
}
