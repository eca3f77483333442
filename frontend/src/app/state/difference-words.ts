import { RunStatus } from './events';
import { count, duration } from './format';
import { Activity, Millis } from './session-state';
import { endOf } from './timeline';

const STATUSES: Readonly<Record<RunStatus, string>> = {
  queued: $localize`:a run|:Queued`,
  running: $localize`:a run|:Running`,
  waiting: $localize`:a run|:Waiting`,
  completed: $localize`:a run|:Finished`,
  failed: $localize`:a run|:Failed`,
  cancelled: $localize`:a run|:Stopped`,
};

/** How a run stands, as everywhere; '' while that is not known. */
export function runWords(status: RunStatus | undefined): string {
  return status ? STATUSES[status] : '';
}

/** '+1.2 s', '−300', or '' where there is none. */
export function signed(by: number, words: (size: number) => string): string {
  if (by === 0) return '';
  return `${by > 0 ? '+' : '−'}${words(Math.abs(by))}`;
}

/** What a step took, in words; the second is how much more it was than the first, where there are both. */
export interface Measured {
  readonly left: string;
  readonly right: string;
  readonly difference: string;
}

export function measured(
  left: number | null,
  right: number | null,
  words: (size: number) => string,
  blank: (size: number) => boolean = () => false,
): Measured {
  const shown = (size: number | null): string => (size === null || blank(size) ? '' : words(size));
  const difference = left === null || right === null ? '' : signed(right - left, words);
  return { left: shown(left), right: shown(right), difference };
}

export function timeOf(step: Activity | null, runEnd: Millis | null, now: Millis): number | null {
  return step && endOf(step, runEnd, now) - step.begin;
}

export function tokensOf(step: Activity | null): number | null {
  return step && step.inputTokens + step.outputTokens;
}

export const asTime = duration;
export const asCount = count;
