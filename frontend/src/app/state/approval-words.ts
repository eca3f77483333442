import { Approval, ApprovalChoice } from '../models/models';
import { moment } from './format';
import { Activity } from './session-state';

/** Until when it may be decided, and what counts then; '' for one that waits for ever. */
export function expiryWords({ expires_at, on_expiry, choices }: Approval, now: number): string {
  if (expires_at === null) return '';
  const until = moment(Date.parse(expires_at), now);
  const then = choices.find(({ id }) => id === on_expiry);
  return then
    ? $localize`Until ${until}:time:; then “${then.label}:choice:” counts.`
    : $localize`Until ${until}:time:; then the step fails.`;
}

/** What was chosen here just now, and how many questions are left, to be said aloud. */
export function chosenWords({ question }: Approval, { label }: ApprovalChoice, left: number): string {
  const chosen = $localize`You chose “${label}:choice:”: ${question}:question:`;
  if (left === 0) return $localize`${chosen}:chosen: Nothing else waits.`;
  return left === 1
    ? $localize`${chosen}:chosen: 1 other waits.`
    : $localize`${chosen}:chosen: ${left}:count: others wait.`;
}

/** When one can be asked again, by the clock of who looks: a moment from now. */
export const SNOOZES = [
  { id: 'hour', label: $localize`In an hour` },
  { id: 'afternoon', label: $localize`In four hours` },
  { id: 'tomorrow', label: $localize`Tomorrow at 9:00` },
  { id: 'week', label: $localize`In a week` },
] as const;
export type SnoozeId = (typeof SNOOZES)[number]['id'];

export function snoozeUntil(id: SnoozeId, now: number): Date {
  const at = new Date(now);
  switch (id) {
    case 'hour':
      return new Date(now + 3_600_000);
    case 'afternoon':
      return new Date(now + 4 * 3_600_000);
    case 'tomorrow':
      return new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1, 9);
    case 'week':
      return new Date(at.getFullYear(), at.getMonth(), at.getDate() + 7, at.getHours(), at.getMinutes());
  }
}

/** The ids of the approvals of steps that wait. A step that asks nobody here, but a person elsewhere, has none. */
export function approvalIds(steps: ReadonlyMap<string, Activity>): readonly string[] {
  return [...steps.values()].flatMap((step) => idOf(step) ?? []);
}

/** What was decided and by whom: '“Approve”, by Ada: too late for more'; '' while nothing is. */
export function decisionWords({ kind, input, output }: Activity): string {
  const { choice, decided_by, comment } = membersOf(output);
  if (kind !== 'approval' || typeof choice !== 'string') return '';
  const { choices } = membersOf(input);
  const chosen = Array.isArray(choices) ? choices.map(membersOf).find(({ id }) => id === choice) : undefined;
  const label = typeof chosen?.['label'] === 'string' ? chosen['label'] : choice;
  if (typeof decided_by === 'string') {
    return typeof comment === 'string'
      ? $localize`“${label}:choice:”, by ${decided_by}:person:: ${comment}:comment:`
      : $localize`“${label}:choice:”, by ${decided_by}:person:`;
  }
  return typeof comment === 'string'
    ? $localize`“${label}:choice:”, as the time was over: ${comment}:comment:`
    : $localize`“${label}:choice:”, as the time was over`;
}

function idOf({ input }: Activity): string | null {
  const { approval_id } = membersOf(input);
  return typeof approval_id === 'string' ? approval_id : null;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** Who may decide what somebody else cannot. */
export function waitsForWords(people: Approval['waits_for']): string {
  const [first, second, ...more] = people.map(({ name }) => name);
  if (first === undefined) return $localize`Waits for administrators`;
  if (second === undefined) return $localize`Waits for ${first}:person:`;
  return more.length === 0
    ? $localize`Waits for ${first}:person: or ${second}:other:`
    : $localize`Waits for ${first}:person: or ${more.length + 1}:count: others`;
}
