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

/**
 * The colour of an agent, unless another one of its session has it: then the first that is free. Where the session has
 * none left, it is one that no agent of its run has, for those stand side by side.
 */
export function freeColour(
  name: string,
  inSession: ReadonlySet<AgentColour>,
  inRun: ReadonlySet<AgentColour>,
): AgentColour {
  const own = agentColour(name);
  const all: readonly AgentColour[] = [own, ...OTHERS, 'slate'];
  return all.find((colour) => !inSession.has(colour)) ?? all.find((colour) => !inRun.has(colour)) ?? own;
}

/** By its name alone: the same on every machine. */
export function agentColour(name: string): AgentColour {
  const known = KNOWN[name];
  if (known) return known;
  let hash = 0;
  for (const letter of name) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return OTHERS[hash % OTHERS.length] ?? 'slate';
}
