import { Activity } from './session-state';

/** The ids that a step has in a tracing system, in hexadecimal (https://www.w3.org/TR/trace-context/). */
export interface Span {
  readonly trace: string;
  readonly span: string;
}

/** The span that a step stands for; null for a step of another system. */
export function spanOf({ key, runId }: Pick<Activity, 'key' | 'runId'>): Span | null {
  const found = /^([0-9a-f]{32})\/([0-9a-f]{16})$/.exec(key);
  return found?.[1] === runId && found[2] ? { trace: runId, span: found[2] } : null;
}
