import { NowEvent } from '../models/models';
import { nowRow } from '../../testing/now';
import { NOTHING_KNOWN, NOW_EVENTS, NowRows, foldNow } from './now-rows';

const events: readonly NowEvent[] = [
  { type: 'reset' },
  nowRow('a'),
  nowRow('b'),
  { type: 'nowReady' },
  nowRow('a', { status: 'failed' }),
  { type: 'nowGone', row_id: 'b/run-1' },
  { type: 'reset' },
  nowRow('c'),
  { type: 'nowReady' },
];

function fold(some: readonly NowEvent[], before: NowRows = NOTHING_KNOWN): NowRows {
  return foldNow(before, some);
}

describe('what is known of now', () => {
  it('replaces rows, and forgets those that are gone', () => {
    const known = fold(events.slice(0, 6));
    expect([...known.rows.values()]).toEqual([nowRow('a', { status: 'failed' })]);
    expect(known.ready).toBe(true);
  });

  it('keeps what it knew after a reset until everything was told', () => {
    expect([...fold(events.slice(0, 8)).rows.keys()]).toEqual(['a/run-1', 'c/run-1']);
    expect([...fold(events).rows.keys()]).toEqual(['c/run-1']);
  });

  it('is the same wherever the events are cut', () => {
    for (let cut = 0; cut <= events.length; cut++) {
      expect(fold(events.slice(cut), fold(events.slice(0, cut)))).toEqual(fold(events));
    }
  });

  it('listens to every event that there is', () => {
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(NOW_EVENTS.filter((name) => name !== 'heartbeat')));
  });
});
