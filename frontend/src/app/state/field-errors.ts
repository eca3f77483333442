/** How the server begins what it says of a request that does not fit its schema: each field's place, then its words. */
const OPENING = 'Please correct the request: ';
const PLACED = /^([a-z_]+(?:\.\w+)*): (.*)$/s;
/** What ends it, and how many more there are: they are told when those that are named are corrected. */
const LEFT_OUT = /(?:; and [\d,]+ more)?\.$/;
/** The configuration of each kind is a place of its own to the server; a form shows one of them. */
const KIND = /^configuration\.[a-z0-9_-]+\.?/;

/** By the name of the field: `{ base_url: 'Must be an address.' }`. What is not about one field is under ''. */
export function fieldErrors(message: string): Readonly<Record<string, string>> {
  if (!message.startsWith(OPENING)) return { '': message };
  const found: Record<string, string> = {};
  let field = '';
  for (const piece of message.slice(OPENING.length).replace(LEFT_OUT, '').split('; ')) {
    const [place, words] = placed(piece);
    // A piece without a place goes on with the words before it.
    if (place !== null) field = place;
    found[field] = found[field] ? `${found[field]}; ${words}` : words;
  }
  return Object.fromEntries(Object.entries(found).map(([name, words]) => [name, sentence(words)]));
}

/** The errors of the fields below a path, by their paths from there. */
export function within(errors: Readonly<Record<string, string>>, path: string): Readonly<Record<string, string>> {
  const below = `${path}.`;
  const inside = Object.entries(errors).filter(([name]) => name.startsWith(below));
  return Object.fromEntries(inside.map(([name, words]) => [name.slice(below.length), words]));
}

/** A rule about several fields names the one it is about within its words. */
function placed(piece: string): readonly [string | null, string] {
  const [, outer, words] = PLACED.exec(piece) ?? [];
  if (outer === undefined || words === undefined) return [null, piece];
  const said = words.replace(/^Value error, /, '');
  const [, inner, rest] = said === words ? [] : (PLACED.exec(said) ?? []);
  return inner === undefined || rest === undefined ? [outer.replace(KIND, ''), said] : [inner, rest];
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1).replace(/\.$/, '')}.`;
}
