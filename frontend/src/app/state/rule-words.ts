import { Agent, ApprovalRule, RuleTrialAnswer } from '../models/models';

export const EXPIRY_UNITS = [
  { unit: 'minutes', label: $localize`minutes`, seconds: 60 },
  { unit: 'hours', label: $localize`hours`, seconds: 3600 },
  { unit: 'days', label: $localize`days`, seconds: 86_400 },
] as const;
export type ExpiryUnit = (typeof EXPIRY_UNITS)[number]['unit'];

/** The largest unit that says it in a whole number; seconds of an hour and a half are 90 minutes. */
export function expiryOf(seconds: number): { count: number; unit: ExpiryUnit } {
  const fitting = [...EXPIRY_UNITS].reverse().find((one) => seconds % one.seconds === 0) ?? EXPIRY_UNITS[0];
  return { count: Math.max(1, Math.round(seconds / fitting.seconds)), unit: fitting.unit };
}

/** 'asks administrators; after 2 hours it is refused', or 'refuses'. */
export function effectWords({ effect, decides, deciders, expires_in, on_expiry }: ApprovalRule): string {
  if (effect === 'refuse') return $localize`:a rule|:refuses`;
  const who = whom(decides, deciders.length);
  if (expires_in === null) return $localize`asks ${who}:who:, and waits`;
  const { count, unit } = expiryOf(expires_in);
  const time = afterWords(count, unit);
  return on_expiry === 'approve'
    ? $localize`asks ${who}:who:; after ${time}:time: it is allowed`
    : $localize`asks ${who}:who:; after ${time}:time: it is refused`;
}

function whom(decides: ApprovalRule['decides'], people: number): string {
  if (decides === 'session') return $localize`:behind “asks”|:who may ask in the session`;
  if (decides === 'administrators') return $localize`:behind “asks”|:administrators`;
  return people === 1 ? $localize`:behind “asks”|:1 person` : $localize`:behind “asks”|:${people}:count: people`;
}

function afterWords(count: number, unit: ExpiryUnit): string {
  switch (unit) {
    case 'minutes':
      return count === 1 ? $localize`:behind “after”|:1 minute` : $localize`:behind “after”|:${count}:count: minutes`;
    case 'hours':
      return count === 1 ? $localize`:behind “after”|:1 hour` : $localize`:behind “after”|:${count}:count: hours`;
    case 'days':
      return count === 1 ? $localize`:behind “after”|:1 day` : $localize`:behind “after”|:${count}:count: days`;
  }
}

/** Of which agent a rule is, '' for all; ``find`` knows the registered ones. */
export function ruleAgent(rule: ApprovalRule, find: (id: string) => Agent | null): string {
  if (rule.agent_id !== null) return find(rule.agent_id)?.name ?? $localize`an agent that is gone`;
  return rule.agent_name ?? '';
}

/** What would become of a call. */
export function trialWords(tool: string, { outcome, rule }: RuleTrialAnswer): string {
  if (!rule) return $localize`“${tool}:tool:” would pass: no rule is about it.`;
  return outcome === 'asks'
    ? $localize`“${tool}:tool:” would ask, by the rule “${rule.name}:rule:”.`
    : $localize`“${tool}:tool:” would be refused, by the rule “${rule.name}:rule:”.`;
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
