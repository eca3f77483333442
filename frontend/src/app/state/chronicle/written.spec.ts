import { recordings } from '../../../testing/recordings';
import { fold } from '../fold';
import { emptyState } from '../session-state';
import { ChronicleView } from './chronicle';
import { textOf } from './phrases';
import { withRules } from './written';

const state = fold(emptyState(), recordings.reported);
const HANDOFF = 12;
const rules = new ChronicleView().show(state, 'crossing');

function told(head: number, ...sentences: readonly (readonly [string | null, readonly number[]])[]): string[] {
  const chronicle = { model: 'm', head, sentences: sentences.map(([text, seqs]) => ({ text, seqs: [...seqs] })) };
  return withRules(chronicle, rules, state).map(({ pieces }) => textOf(pieces));
}

describe('what a model has written', () => {
  it('is told in order, each sentence with its time, its events and their steps', () => {
    const chronicle = { model: 'm', head: 23, sentences: [{ text: 'Lookout searched four times.', seqs: [4, 5, 6] }] };
    const [first, ...rest] = withRules(chronicle, rules, state).filter(({ id }) => id.startsWith('written'));
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ seqs: [4, 5, 6], steps: ['crossing/r0', 'crossing/r1'] });
    expect(first?.at).toBe(Date.parse(recordings.reported[3]?.time ?? ''));
  });

  it('gives way to the rules where it does not hold', () => {
    const handed = (one: string): boolean => one.startsWith('Planner handed');
    expect(told(23, [null, [HANDOFF]]).filter(handed)).toHaveLength(1);
    expect(told(23, [null, [HANDOFF]], ['Planner gave work to Mate.', [HANDOFF]]).some(handed)).toBe(false);
  });

  it('cannot leave out what was asked, failed, was decided or how it ended', () => {
    const least = told(23);
    expect(least[0]).toContain('A question was asked');
    expect(least.some((one) => one.includes('Ada chose'))).toBe(true);
    expect(least.some((one) => one.includes('tide table'))).toBe(true);
    expect(least.at(-1)).toContain('The run was completed');
  });

  it('cannot hide it behind an empty sentence that names all events', () => {
    const all = Array.from({ length: 23 }, (_, at) => at + 1);
    const weighty = rules.filter((one) => one.weighty).map(({ pieces }) => textOf(pieces));
    expect(weighty.length).toBeGreaterThan(3);
    expect(told(23, ['Lookout worked on the question.', all])).toEqual([
      weighty[0],
      'Lookout worked on the question.',
      ...weighty.slice(1),
    ]);
  });

  it('is followed by what has come since, by rules', () => {
    expect(told(20, ['She sails.', [20]]).some((one) => one.startsWith('Planner answered'))).toBe(true);
    expect(told(23, ['She sails.', [20]]).some((one) => one.startsWith('Planner answered'))).toBe(false);
  });
});
