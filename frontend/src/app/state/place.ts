/** A page elsewhere, and the name of its host for people. */
export interface Place {
  readonly href: string;
  readonly host: string;
}

/** Where a link leads; null for what is no web address, whoever emitted it. */
export function placeOf(link: string | null): Place | null {
  const url = link !== null && URL.canParse(link) ? new URL(link) : null;
  return url && ['http:', 'https:'].includes(url.protocol) ? { href: url.href, host: url.host } : null;
}
