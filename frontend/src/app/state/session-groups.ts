import { Session } from '../models/models';
import { hasEnded } from './events';
import { Millis } from './session-state';

/** Each is also part of an id in the page, and so one word in every language. */
const NAMES = {
  now: $localize`:a group of sessions, one word|:Now`,
  today: $localize`:a group of sessions, one word|:Today`,
  yesterday: $localize`:a group of sessions, one word|:Yesterday`,
  earlier: $localize`:a group of sessions, one word|:Earlier`,
} as const;
type Group = keyof typeof NAMES;
const GROUPS = Object.keys(NAMES) as readonly Group[];

export interface SessionGroup {
  readonly name: string;
  readonly sessions: readonly Session[];
}

/** Now: something runs or waits. The others: by the last activity, in local days. Empty groups are left out. */
export function groupSessions(sessions: readonly Session[], now: Millis): SessionGroup[] {
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  const days = new Map<string, Group>([
    [new Date(now).toDateString(), 'today'],
    [yesterday.toDateString(), 'yesterday'],
  ]);
  const groupOf = ({ status, updated_at }: Session): Group =>
    status && !hasEnded(status) ? 'now' : (days.get(new Date(updated_at).toDateString()) ?? 'earlier');
  const group: Record<Group, Session[]> = { now: [], today: [], yesterday: [], earlier: [] };
  for (const session of sessions) group[groupOf(session)].push(session);
  return GROUPS.map((one) => ({ name: NAMES[one], sessions: group[one] })).filter(
    ({ sessions: members }) => members.length > 0,
  );
}
