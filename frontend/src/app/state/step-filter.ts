import { Activity } from './session-state';

/** Which steps and events are looked for; '' leaves a thing open. */
export interface StepFilter {
  readonly agent: string;
  readonly kind: string;
  readonly status: string;
  readonly search: string;
}

export const NO_FILTER: StepFilter = { agent: '', kind: '', status: '', search: '' };

/** Whether it leaves anything out; words that are searched for are marked, and leave out nothing. */
export function narrows({ agent, kind, status }: StepFilter): boolean {
  return agent !== '' || kind !== '' || status !== '';
}

export function passes(activity: Activity, { agent, kind, status }: StepFilter): boolean {
  return (
    (agent === '' || activity.agent === agent) &&
    (kind === '' || activity.kind === kind) &&
    (status === '' || activity.status === status)
  );
}
