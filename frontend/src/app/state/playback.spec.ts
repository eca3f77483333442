import { step } from '../../testing/events';
import { fold } from './fold';
import { LONGEST_PAUSE, advance, remaining } from './playback';
import { emptyState } from './session-state';

/** Events at these milliseconds. */
const logAt = (...times: number[]) =>
  fold(
    emptyState(),
    times.map((ms, at) => step(at + 1, ms, { activity_id: `${at}` })),
  ).log;

describe('playing a log', () => {
  it('takes as long as it took', () => {
    const log = logAt(0, 100, 300, 310);
    expect(advance(log, { count: 1, rest: 0 }, 99)).toEqual({ count: 1, rest: 99 });
    expect(advance(log, { count: 1, rest: 99 }, 1)).toEqual({ count: 2, rest: 0 });
    expect(advance(log, { count: 1, rest: 0 }, 350)).toEqual({ count: 4, rest: 0 });
    expect(remaining(log, 1)).toBe(310);
  });

  it('makes long pauses short', () => {
    const log = logAt(0, 3_600_000);
    expect(advance(log, { count: 1, rest: 0 }, LONGEST_PAUSE - 1).count).toBe(1);
    expect(advance(log, { count: 1, rest: 0 }, LONGEST_PAUSE).count).toBe(2);
    expect(remaining(log, 1)).toBe(LONGEST_PAUSE);
  });

  it('has no pause where times run backwards', () => {
    expect(advance(logAt(500, 100, 90), { count: 1, rest: 0 }, 0)).toEqual({ count: 3, rest: 0 });
  });

  it('begins with the first event at once', () => {
    expect(advance(logAt(0, 10), { count: 0, rest: 0 }, 0)).toEqual({ count: 1, rest: 0 });
  });
});
