import { exampleLog, step } from '../../testing/events';
import { LoggedEvent } from './events';
import { fold } from './fold';
import { SessionState, emptyState } from './session-state';
import { APART, Snapshots } from './snapshots';

/** A state as plain data, so that two of them can be compared whatever way they came about. */
function plainState(state: SessionState): unknown {
  return {
    ...state,
    log: state.log.toArray(),
    activities: state.activities.toArray(),
    positions: state.activities.toArray().map(({ key }) => state.positions.get(key)),
    runs: [...state.runs].map(([id, run]) => [id, { ...run, agents: [...run.agents] }]),
    answers: [...state.answers],
    reasoning: [...state.reasoning],
    replaced: [...state.replaced],
    colours: [...state.colours],
    undecided: [...state.undecided],
  };
}

describe('a moment of the past', () => {
  it('is what was known then, at every cut, in whatever order the cuts are looked at', () => {
    const now = fold(emptyState(), exampleLog);
    const whole = plainState(now);
    const snapshots = new Snapshots();
    const cuts = Array.from({ length: exampleLog.length + 1 }, (_, cut) => cut);
    for (const cut of [...cuts, ...cuts.toReversed(), ...cuts.filter((at) => at % 7 === 0)]) {
      const then = snapshots.at(now, cut);
      expect(plainState(then), `cut ${cut}`).toEqual(plainState(fold(emptyState(), exampleLog.slice(0, cut))));
      expect(plainState(fold(then, exampleLog.slice(cut))), `resumed at ${cut}`).toEqual(whole);
    }
    expect(plainState(now)).toEqual(whole);
  });

  it('is a short fold away in a long log, and counts from where the log begins', () => {
    const first = 501;
    const events = Array.from({ length: 3 * APART }, (_, at): LoggedEvent =>
      step(first + at, at, { activity_id: `${at >> 1}`, status: at % 2 ? 'completed' : 'started' }),
    );
    const snapshots = new Snapshots();
    let now = emptyState(first);
    for (let at = 0; at < events.length; at += 1000) {
      now = fold(now, events.slice(at, at + 1000));
      snapshots.keep(now);
    }
    for (const cut of [5000, 4999, 100, 0, 5999, 6000]) {
      const then = snapshots.at(now, first - 1 + cut);
      expect([then.cursor, then.log.length]).toEqual([first - 1 + cut, cut]);
      expect(then.activities.length).toBe(Math.ceil(cut / 2));
    }
    expect(snapshots.at(now, first - 1 + 6000)).toBe(now);
  });
});
