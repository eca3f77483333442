import { Session } from '../models/models';
import { hasEnded } from './events';
import { Millis } from './session-state';

const GROUPS = ['Now', 'Today', 'Yesterday', 'Earlier'] as const;
type GroupName = (typeof GROUPS)[number];

export interface SessionGroup {
  readonly name: GroupName;
  readonly sessions: readonly Session[];
}

/** Now: something runs or waits. The others: by the last activity, in local days. Empty groups are left out. */
export function groupSessions(sessions: readonly Session[], now: Millis): SessionGroup[] {
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  const days = new Map<string, GroupName>([
    [new Date(now).toDateString(), 'Today'],
    [yesterday.toDateString(), 'Yesterday'],
  ]);
  const groupOf = ({ status, updated_at }: Session): GroupName =>
    status && !hasEnded(status) ? 'Now' : (days.get(new Date(updated_at).toDateString()) ?? 'Earlier');
  const group: Record<GroupName, Session[]> = { Now: [], Today: [], Yesterday: [], Earlier: [] };
  for (const session of sessions) group[groupOf(session)].push(session);
  return GROUPS.map((name) => ({ name, sessions: group[name] })).filter(({ sessions: members }) => members.length > 0);
}
