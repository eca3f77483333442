import { Session } from '../models/models';
import { hasEnded } from './events';
import { Millis } from './session-state';

export interface SessionGroup {
  readonly name: 'Now' | 'Today' | 'Earlier';
  readonly sessions: readonly Session[];
}

/** Now: something runs or waits. Today and Earlier: by the last activity, in local days. Empty groups are left out. */
export function groupSessions(sessions: readonly Session[], now: Millis): SessionGroup[] {
  const today = new Date(now).toDateString();
  const group: Record<SessionGroup['name'], Session[]> = { Now: [], Today: [], Earlier: [] };
  for (const session of sessions) {
    if (session.last_run && !hasEnded(session.last_run.status)) group.Now.push(session);
    else if (new Date(session.updated_at).toDateString() === today) group.Today.push(session);
    else group.Earlier.push(session);
  }
  return (['Now', 'Today', 'Earlier'] as const)
    .map((name) => ({ name, sessions: group[name] }))
    .filter(({ sessions: members }) => members.length > 0);
}
