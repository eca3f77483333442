import { Approval } from '../models/models';
import { moment } from './format';
import { Activity, SessionState } from './session-state';
import { hasEnded } from './events';

/** Until when it may be decided, and what counts then; '' for one that waits for ever. */
export function expiryWords({ expires_at, on_expiry, choices }: Approval, now: number): string {
  if (expires_at === null) return '';
  const until = moment(Date.parse(expires_at), now);
  const then = choices.find(({ id }) => id === on_expiry);
  return then ? `Until ${until}; then “${then.label}” counts.` : `Until ${until}; then the step fails.`;
}

/** The ids of the approvals that the log leaves open. */
export function openApprovals({ activities }: SessionState): readonly string[] {
  return activities.toArray().flatMap((activity) => idOf(activity) ?? []);
}

function idOf({ kind, status, input }: Activity): string | null {
  if (kind !== 'approval' || hasEnded(status) || typeof input !== 'object' || input === null) return null;
  const id = (input as Readonly<Record<string, unknown>>)['approval_id'];
  return typeof id === 'string' ? id : null;
}
