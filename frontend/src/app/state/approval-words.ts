import { Approval } from '../models/models';
import { moment } from './format';
import { Activity } from './session-state';

/** Until when it may be decided, and what counts then; '' for one that waits for ever. */
export function expiryWords({ expires_at, on_expiry, choices }: Approval, now: number): string {
  if (expires_at === null) return '';
  const until = moment(Date.parse(expires_at), now);
  const then = choices.find(({ id }) => id === on_expiry);
  return then ? `Until ${until}; then “${then.label}” counts.` : `Until ${until}; then the step fails.`;
}

/** The ids of the approvals of steps that wait. A step that asks nobody here, but a person elsewhere, has none. */
export function approvalIds(steps: ReadonlyMap<string, Activity>): readonly string[] {
  return [...steps.values()].flatMap((step) => idOf(step) ?? []);
}

function idOf({ input }: Activity): string | null {
  if (typeof input !== 'object' || input === null) return null;
  const id = (input as Readonly<Record<string, unknown>>)['approval_id'];
  return typeof id === 'string' ? id : null;
}
