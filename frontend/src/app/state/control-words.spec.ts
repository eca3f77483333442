import { runUpdate } from '../../testing/events';
import { KindCapabilities } from '../models/models';
import { Answering, ago, cannotPause, pauseTitle, pausedWords, stopTitle } from './control-words';
import { fold } from './fold';
import { Run, emptyState } from './session-state';

const MINUTE = 60_000;

function run(fields: Parameters<typeof runUpdate>[2]): Run {
  const [found] = fold(emptyState(), [runUpdate(1, 0, { question: 'Who?', ...fields })]).runs.values();
  if (!found) throw new Error('no run');
  return found;
}

function purser(can: Partial<KindCapabilities>): Answering {
  const no = {
    stream: 'no',
    stop: 'no',
    pause: 'no',
    steer: 'no',
    approve: 'no',
    read_documents: 'no',
    rerun: 'no',
    hold_tools: 'no',
  } as const;
  return { name: 'Purser', can: { ...no, ...can } };
}

describe('the words of pausing and stopping', () => {
  it('say before Stop that the work outside goes on', () => {
    const working = run({ status: 'running' });
    expect(stopTitle(working, purser({ stop: 'yes' }))).toBe('Stop the answer to “Who?”');
    expect(stopTitle(working, null)).toBe('Stop the answer to “Who?”');
    expect(stopTitle(working, purser({ stop: 'best-effort' }))).toMatch(/Purser may go on .* stops listening/);
  });

  it('say before Pause what a backend can', () => {
    const [queued, working, waiting] = [
      run({ status: 'queued' }),
      run({ status: 'running' }),
      run({ status: 'waiting' }),
    ];
    expect(pauseTitle(queued, purser({}))).toContain('Do not begin');
    expect(pauseTitle(working, purser({ pause: 'yes' }))).toContain('Nothing is done twice');
    expect(pauseTitle(working, purser({ pause: 'best-effort' }))).toContain('where it next waits');
    expect(pauseTitle(working, purser({}))).toContain('cannot pause');
    expect([queued, working, waiting].map((one) => cannotPause(one, purser({})) !== '')).toEqual([false, true, false]);
    expect(pauseTitle(run({ status: 'waiting', paused: true }), purser({}))).toBe('Go on with “Who?”');
  });

  it('say who has paused it and when', () => {
    const paused = run({ status: 'waiting', paused: true, reason: 'Paused by Ada.' });
    expect(pausedWords(paused, (paused.pausedAt ?? 0) + 3 * MINUTE)).toBe('Paused by Ada, 3 min ago');
    const budget = run({ status: 'waiting', paused: true, reason: 'Its budget is used up. Raise it.' });
    expect(pausedWords(budget, budget.pausedAt ?? 0)).toBe('Its budget is used up. Raise it. (just now)');
    expect([0, 119, 120, 60 * 47, 60 * 48].map((minutes) => ago(0, minutes * MINUTE))).toEqual([
      'just now',
      '119 min ago',
      '2 h ago',
      '47 h ago',
      '2 days ago',
    ]);
  });
});
