import { runUpdate } from '../../../testing/events';
import { LoggedEvent } from '../events';
import { fold } from '../fold';
import { emptyState } from '../session-state';
import { ChronicleView } from './chronicle';
import { textOf } from './phrases';

const NINE = Date.UTC(2026, 2, 14, 9, 0, 0);

function says(
  seq: number,
  ms: number,
  delivery: 'queued' | 'steered' | 'next-turn' | 'refused',
  more = {},
): LoggedEvent {
  return {
    type: 'userMessage',
    session_id: 's',
    run_id: 'r',
    seq,
    time: new Date(NINE + ms).toISOString(),
    message_id: 'm',
    author: 'Ada',
    text: 'Mind the fog.',
    delivery,
    ...more,
  };
}

describe('what a person says to the agents of a run', () => {
  it.each<[string, LoggedEvent[]]>([
    ['They have not read it yet.', []],
    ['They had it after 4.0 s.', [says(3, 5000, 'steered')]],
    ['It was asked as the next question.', [says(3, 5000, 'next-turn')]],
    ['They did not read it: “The run was stopped.”', [says(3, 5000, 'refused', { reason: 'The run was stopped.' })]],
    ['That they read it was not told.', [runUpdate(3, 5000, { status: 'completed' })]],
  ])('is told with what became of it: %s', (receipt, then) => {
    const log = [runUpdate(1, 0, { status: 'running' }), says(2, 1000, 'queued'), ...then];
    const told = new ChronicleView().show(fold(emptyState(1), log), 'r');
    expect(told.map(({ pieces }) => textOf(pieces))).toContain(`Ada said to the agents: “Mind the fog.” ${receipt}`);
  });
});
