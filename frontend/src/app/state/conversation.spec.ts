import { runUpdate } from '../../testing/events';
import {
  activeRun,
  lacksOrigin,
  mayTryAgain,
  originOf,
  originWords,
  queueOf,
  runToShow,
  runsFrom,
  waitsFor,
} from './conversation';
import { fold } from './fold';
import { Run, emptyState } from './session-state';

type Told = readonly [run: string, status: Run['status'], fields?: Parameters<typeof runUpdate>[2] | object];

function runs(...told: readonly Told[]): Run[] {
  const events = told.map(([run_id, status, fields], at) => ({
    ...runUpdate(at + 1, at, { status, ...fields }),
    run_id,
  }));
  return [...fold(emptyState(), events).runs.values()];
}

const ids = (found: readonly Run[]): string[] => found.map(({ id }) => id);
const begun = { attempt: 1 };

describe('the runs of a session', () => {
  it('show the one that works, while others are asked and withdrawn, and then the next', () => {
    const asked: Told[] = [
      ['a', 'queued'],
      ['a', 'running', begun],
      ['b', 'queued'],
      ['c', 'queued'],
    ];
    expect([runToShow(runs(...asked))?.id, ids(queueOf(runs(...asked)))]).toEqual(['a', ['b', 'c']]);
    const withdrawn: Told[] = [...asked, ['b', 'cancelled']];
    expect([runToShow(runs(...withdrawn))?.id, ids(queueOf(runs(...withdrawn)))]).toEqual(['a', ['b', 'c']]);
    const ended: Told[] = [...withdrawn, ['a', 'completed']];
    expect([runToShow(runs(...ended))?.id, ids(queueOf(runs(...ended)))]).toEqual(['c', []]);
    const none: Told[] = [...ended, ['c', 'cancelled']];
    expect(runToShow(runs(...none))?.id).toBe('a');
  });

  it('wait for those of this server, and not for those that agents elsewhere tell of', () => {
    const elsewhere: Told[] = [
      ['crew', 'running'],
      ['a', 'queued'],
    ];
    const [, asked] = runs(...elsewhere);
    expect(asked && waitsFor(asked, runs(...elsewhere))).toBe('Waiting for a free agent');
    expect([activeRun(runs(...elsewhere))?.id, queueOf(runs(...elsewhere))]).toEqual(['a', []]);
    expect(activeRun(runs(['crew', 'running']))).toBeNull();
    expect(runToShow(runs(['crew', 'running']))?.id).toBe('crew');
  });

  it('say whose question they ask again, and which may be asked again', () => {
    const told: Told[] = [
      ['a', 'queued', { question: 'Who?' }],
      ['a', 'failed', begun],
      ['b', 'queued', { question: 'Who?', retry_of: 'a' }],
      ['b', 'failed', begun],
      ['c', 'queued', { question: 'When?', retry_of: 'b' }],
    ];
    const all = runs(...told);
    expect(all.map((run) => originOf(run, all))).toEqual([
      null,
      { id: 'a', number: 1, edited: false, step: null },
      { id: 'b', number: 2, edited: true, step: null },
    ]);
    expect(all.map((run) => mayTryAgain(run, all))).toEqual([false, false, false]);
    const withdrawn = runs(...told, ['c', 'cancelled']);
    expect(withdrawn.map((run) => mayTryAgain(run, withdrawn))).toEqual([false, true, true]);
  });

  it('lack the run that they ask again while that is not loaded', () => {
    const again = { ...runUpdate(5, 5, { status: 'queued', retry_of: 'a' }), run_id: 'b' };
    expect(lacksOrigin(fold(emptyState(5, 1, 1), [again]))).toBe(true);
    expect(lacksOrigin(fold(emptyState(5), [again]))).toBe(false); // the server no longer has it
    const origin = { ...runUpdate(4, 4, { status: 'failed' }), run_id: 'a' };
    expect(lacksOrigin(fold(emptyState(4, 1, 1), [origin, again]))).toBe(false);
  });

  it('say from which step of another they begin, and which begin from a step', () => {
    const step = { activity_id: 's', action: 'Search “pier”' };
    const all = runs(
      ['a', 'queued', { question: 'Who?' }],
      ['b', 'queued', { question: 'Who?', retry_of: 'a', from_step: step }],
      ['c', 'queued', { question: 'Who?', retry_of: 'a', from_step: { ...step, edited: true } }],
    );
    const words = all.map((run) => originOf(run, all)).map((origin) => origin && originWords(origin));
    expect(words).toEqual([
      null,
      'Again from “Search ‘pier’” of run 1',
      'Again from “Search ‘pier’” of run 1, with another input',
    ]);
    expect(runsFrom('a', 's', all)).toEqual([
      { id: 'b', number: 2 },
      { id: 'c', number: 3 },
    ]);
    expect(runsFrom('a', 'other', all)).toEqual([]);
  });
});
