import { align, forest } from './alignment';
import { Activity } from './session-state';

let number = 0;

function step(action: string, more: Partial<Activity> = {}): Activity {
  return {
    key: `run/${++number}`,
    parentKey: null,
    runId: 'run',
    agent: 'Scout',
    action,
    kind: 'tool',
    status: 'completed',
    details: null,
    progress: null,
    input: null,
    output: null,
    model: null,
    inputTokens: 0,
    outputTokens: 0,
    begin: 0,
    end: 1,
    error: null,
    link: null,
    ...more,
  };
}

function shown(left: readonly Activity[], right: readonly Activity[]): string[] {
  return align(forest(left), forest(right)).map(
    (row) => `${' '.repeat(row.depth)}${row.left?.action ?? '-'} | ${row.right?.action ?? '-'}`,
  );
}

describe('align', () => {
  it('puts the same steps in one row, and those of one run alone between them', () => {
    expect(
      shown(
        ['a', 'b', 'd', 'e'].map((one) => step(one)),
        ['a', 'd', 'e'].map((one) => step(one)),
      ),
    ).toEqual(['a | a', 'b | -', 'd | d', 'e | e']);
  });

  it('never has different agents or kinds in one row', () => {
    expect(shown([step('a')], [step('a', { agent: 'Writer' })])).toEqual(['a | -', '- | a']);
    expect(shown([step('a')], [step('a', { kind: 'model' })])).toEqual(['a | -', '- | a']);
  });

  it('chooses the step whose input has more words in common', () => {
    const [tide, wind] = [step('Search', { input: 'the tide today' }), step('Look', { input: 'wind from the west' })];
    const asked = step('Search', { input: 'wind from the south west' });
    expect(align(forest([tide, wind]), forest([asked])).map(({ left, right }) => [left, right])).toEqual([
      [tide, asked],
      [wind, null],
    ]);
    const renamed = { ...asked, action: 'Ask' };
    expect(align(forest([tide, wind]), forest([renamed])).map(({ left, right }) => [left, right])).toEqual([
      [tide, null],
      [wind, renamed],
    ]);
  });

  it('aligns the children of steps in one row, and shows all below a step that is alone', () => {
    const below = (parent: Activity, action: string): Activity => step(action, { parentKey: parent.key });
    const [one, other, alone] = [step('Plan'), step('Plan'), step('Check', { agent: 'Critic' })];
    expect(
      shown([one, below(one, 'x'), below(one, 'y'), alone, below(alone, 'z')], [other, below(other, 'y')]),
    ).toEqual(['Plan | Plan', ' x | -', ' y | y', 'Check | -', ' z | -']);
  });

  it('aligns two runs of two thousand steps within a second', () => {
    const many = (from: number): Activity[] => Array.from({ length: 2000 }, (_, i) => step(`Call ${(i * from) % 977}`));
    const began = performance.now();
    const rows = align(forest(many(1)), forest(many(3)));
    expect(performance.now() - began).toBeLessThan(1000);
    expect(rows.filter(({ left }) => left).length).toBe(2000);
    expect(rows.filter(({ right }) => right).length).toBe(2000);
  });
});
