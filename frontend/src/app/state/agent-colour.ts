/** Names of the colour tokens in styles/tokens.css. */
export type AgentColour =
  'slate' | 'blue' | 'violet' | 'amber' | 'green' | 'rose' | 'teal' | 'orange' | 'indigo' | 'olive';

const KNOWN: Readonly<Record<string, AgentColour>> = {
  Supervisor: 'slate',
  'Document Agent': 'blue',
  'Research Agent': 'violet',
  'Analysis Agent': 'amber',
  'Writer Agent': 'green',
  'Review Agent': 'rose',
};
const OTHERS: readonly AgentColour[] = [
  'teal',
  'orange',
  'indigo',
  'olive',
  'blue',
  'violet',
  'amber',
  'green',
  'rose',
];

/** The same agent has the same colour in every session and on every machine. */
export function agentColour(name: string): AgentColour {
  const known = KNOWN[name];
  if (known) return known;
  let hash = 0;
  for (const letter of name) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return OTHERS[hash % OTHERS.length] ?? 'slate';
}
