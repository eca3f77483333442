import { Agent, ApprovalRule, RuleTrialAnswer } from '../models/models';

export const EXPIRY_UNITS = [
  { unit: 'minutes', seconds: 60 },
  { unit: 'hours', seconds: 3600 },
  { unit: 'days', seconds: 86_400 },
] as const;
export type ExpiryUnit = (typeof EXPIRY_UNITS)[number]['unit'];

/** The largest unit that says it in a whole number; seconds of an hour and a half are 90 minutes. */
export function expiryOf(seconds: number): { count: number; unit: ExpiryUnit } {
  const fitting = [...EXPIRY_UNITS].reverse().find((one) => seconds % one.seconds === 0) ?? EXPIRY_UNITS[0];
  return { count: Math.max(1, Math.round(seconds / fitting.seconds)), unit: fitting.unit };
}

/** 'asks administrators; after 2 hours it is refused', or 'refuses'. */
export function effectWords({ effect, decides, deciders, expires_in, on_expiry }: ApprovalRule): string {
  if (effect === 'refuse') return 'refuses';
  const people = `${deciders.length} ${deciders.length === 1 ? 'person' : 'people'}`;
  const who = { session: 'who may ask in the session', administrators: 'administrators', people }[decides];
  if (expires_in === null) return `asks ${who}, and waits`;
  const { count, unit } = expiryOf(expires_in);
  const after = `${count} ${count === 1 ? unit.slice(0, -1) : unit}`;
  return `asks ${who}; after ${after} it is ${on_expiry === 'approve' ? 'allowed' : 'refused'}`;
}

/** Of which agent a rule is, '' for all; ``find`` knows the registered ones. */
export function ruleAgent(rule: ApprovalRule, find: (id: string) => Agent | null): string {
  if (rule.agent_id !== null) return find(rule.agent_id)?.name ?? 'an agent that is gone';
  return rule.agent_name ?? '';
}

/** What would become of a call. */
export function trialWords(tool: string, { outcome, rule }: RuleTrialAnswer): string {
  if (!rule) return `“${tool}” would pass: no rule is about it.`;
  return `“${tool}” would ${outcome === 'asks' ? 'ask' : 'be refused'}, by the rule “${rule.name}”.`;
}

export interface Obedience {
  /** Their calls are held. */
  readonly held: readonly string[];
  /** Only where their program asks. */
  readonly asking: readonly string[];
  /** Nobody can hold them. */
  readonly free: readonly string[];
}

/** Which of the agents rules hold. Of what the server cannot use, nothing is known. */
export function obedience(agents: readonly Agent[]): Obedience {
  const named = (degree: 'yes' | 'best-effort' | 'no'): string[] =>
    agents.filter(({ can }) => can?.hold_tools === degree).map(({ name }) => name);
  return { held: named('yes'), asking: named('best-effort'), free: named('no') };
}
