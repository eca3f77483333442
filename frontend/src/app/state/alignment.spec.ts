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

  it('puts steps that are, one of the other, their own parents below the first of them', () => {
    const [a, b, c] = [step('a'), step('b'), step('c')];
    const circle = [
      { ...a, parentKey: c.key },
      { ...b, parentKey: a.key },
      { ...c, parentKey: b.key },
    ];
    expect(shown([step('x', { parentKey: b.key }), ...circle, step('y')], [])).toEqual([
      'a | -',
      ' b | -',
      '  x | -',
      '  c | -',
      'y | -',
    ]);
  });

  it('aligns chains of twenty thousand steps', () => {
    const chain = (): Activity[] => {
      const first = number;
      return Array.from({ length: 20_000 }, (_, at) => step('x', { parentKey: at > 0 ? `run/${first + at}` : null }));
    };
    const rows = align(forest(chain()), forest(chain()));
    expect([rows.length, rows.every(({ left, right }) => left && right), rows.at(-1)?.depth]).toEqual([
      20_000,
      true,
      19_999,
    ]);
  });

  describe('of more steps than there is room for a table of', () => {
    const MANY = 30_000;
    let largest: number;

    beforeEach(() => {
      largest = 0;
      const { Float32Array: Real } = globalThis;
      vi.stubGlobal(
        'Float32Array',
        class extends Real {
          constructor(length: number) {
            largest = Math.max(largest, length);
            super(length > 4_000_000 ? 0 : length);
          }
        },
      );
    });

    afterEach(() => {
      vi.unstubAllGlobals();
      expect(largest).toBeLessThan(1_100_000);
    });

    it('has all that is equal in one row, and between it what is like it', () => {
      const [left, right]: [Activity[], Activity[]] = [[], []];
      for (let at = 0; at < MANY; at++) {
        left.push(step(`Call ${at}`, { agent: at % 10 === 0 ? 'Critic' : 'Scout' }));
        if (at % 10 === 0) right.push(step(`Ask ${at}`, { agent: 'Writer' }));
        else right.push(step(at % 10 === 5 ? `Renamed ${at}` : `Call ${at}`));
      }
      const rows = align(forest(left), forest(right));
      const both = rows.filter((row) => row.left && row.right);
      expect([rows.length, both.length]).toEqual([1.1 * MANY, 0.9 * MANY]);
      expect(both.filter((row) => row.left?.action === row.right?.action).length).toBe(0.8 * MANY);
      expect(both.every((row) => row.left?.action.split(' ')[1] === row.right?.action.split(' ')[1])).toBe(true);
    });

    it('has those of one agent in one row where no other thing is equal', () => {
      const many = (name: string): Activity[] => Array.from({ length: MANY }, (_, at) => step(`${name} ${at}`));
      const rows = align(forest(many('Call')), forest(many('Ask')));
      expect([rows.length, rows.every(({ left, right }) => left && right)]).toEqual([MANY, true]);
    });

    it('keeps the order of both, and all of both', () => {
      const many = (by: number): Activity[] =>
        Array.from({ length: MANY }, (_, at) => step(`Call ${(at * by) % 977}`, { agent: `${(at * by) % 7}` }));
      const [left, right] = [many(1), many(3)];
      const rows = align(forest(left), forest(right));
      expect(rows.flatMap((row) => row.left ?? [])).toEqual(left);
      expect(rows.flatMap((row) => row.right ?? [])).toEqual(right);
      expect(rows.every((row) => !row.left || !row.right || row.left.agent === row.right.agent)).toBe(true);
    });
  });
});
