import { runUpdate } from '../../testing/events';
import { Run as RunRecord } from '../models/models';
import { filledElsewhere } from './elsewhere';
import { fold } from './fold';
import { Run, emptyState } from './session-state';

describe('a session that agents elsewhere fill', () => {
  const runs = (...fields: Parameters<typeof runUpdate>[2][]): Run[] => {
    const events = fields.map((one, at) => ({ ...runUpdate(at + 1, at, one), run_id: `run-${at}` }));
    return [...fold(emptyState(), events).runs.values()];
  };
  const reported = (id: string): RunRecord => ({ id, reported: true }) as RunRecord;

  it('has no run of this server', () => {
    expect(filledElsewhere(runs({ status: 'running' }, { status: 'completed' }), null)).toBe(true);
    expect(filledElsewhere(runs({ status: 'running' }, { status: 'queued' }), null)).toBe(false);
  });

  it('is known before its past is there, and by a queue of its own, too', () => {
    expect([filledElsewhere([], null), filledElsewhere([], reported('run-0'))]).toEqual([false, true]);
    expect(filledElsewhere(runs({ status: 'queued' }), reported('run-0'))).toBe(true);
  });
});
