import { LoggedEvent } from './events';
import { Millis } from './session-state';
import { Vector } from './vector';

/** A pause in which nothing happened is played as this at most. */
export const LONGEST_PAUSE: Millis = 1500;

/** Where a replay is: so many events of the log, and so long after the last of them. */
export interface Playhead {
  readonly count: number;
  readonly rest: Millis;
}

/** The playhead so much later, by the time of the log; it stays behind the last event. */
export function advance(log: Vector<LoggedEvent>, { count, rest }: Playhead, by: Millis): Playhead {
  let left = rest + by;
  let at = count;
  for (; at < log.length; at++) {
    const pause = pauseBefore(log, at);
    if (pause > left) break;
    left -= pause;
  }
  return { count: at, rest: at < log.length ? left : 0 };
}

/** How long the events after the first `count` take to be played, at their own pace. */
export function remaining(log: Vector<LoggedEvent>, count: number): Millis {
  let whole = 0;
  for (let at = count; at < log.length; at++) whole += pauseBefore(log, at);
  return whole;
}

export function timeOf(event: LoggedEvent | undefined): Millis | null {
  return event ? Date.parse(event.time) : null;
}

/** Times of several machines may run backwards in a log: then there is no pause. */
function pauseBefore(log: Vector<LoggedEvent>, at: number): Millis {
  const [before, then] = [timeOf(log.at(at - 1)), timeOf(log.at(at))];
  if (before === null || then === null) return 0;
  return Math.min(LONGEST_PAUSE, Math.max(0, then - before));
}
