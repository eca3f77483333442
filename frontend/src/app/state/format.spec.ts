import { Session } from '../models/models';
import { agentColour } from './agent-colour';
import { bytes, duration, plain, readable, tick, when } from './format';
import { highlight } from './highlight';
import { groupSessions } from './session-groups';

describe('durations', () => {
  it.each([
    [0, '0 ms'],
    [99, '99 ms'],
    [480, '0.5 s'],
    [24_040, '24.0 s'],
    [59_990, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [7_620_000, '2 h 07 min'],
    [-20, '0.0 s'],
  ])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

  it.each([
    [0, '0 s'],
    [500, '500 ms'],
    [4000, '4 s'],
    [60_000, '1 min'],
    [90_000, '1:30'],
    [5_400_000, '1.5 h'],
  ])('a tick at %d ms says %s', (ms, text) => expect(tick(ms)).toBe(text));
});

describe('sizes and moments', () => {
  it('rounds bytes to what a person reads', () => {
    expect([0, 807, 36_000, 52_428_800].map(bytes)).toEqual(['0 B', '807 B', '35 KB', '50.0 MB']);
  });

  it('says the time today and the day before', () => {
    const now = new Date(2026, 10, 20, 23, 0).getTime();
    expect(when(new Date(2026, 10, 20, 9, 5).getTime(), now)).toBe('09:05');
    expect(when(new Date(2026, 10, 18, 9, 5).getTime(), now)).toMatch(/18/);
    expect(when(new Date(2025, 10, 18, 9, 5).getTime(), now)).toMatch(/2025/);
  });

  it('shows text as it is and anything else as JSON', () => {
    expect([plain('a\nb'), plain({ rows: 2 }), plain(null), plain(0)]).toEqual(['a\nb', '{\n  "rows": 2\n}', '', '0']);
  });
});

describe('agents', () => {
  it('have the same colour always, known or not', () => {
    expect(agentColour('Writer Agent')).toBe('green');
    expect(agentColour('Price Crawler')).toBe(agentColour('Price Crawler'));
  });
});

describe('highlight', () => {
  const marked = (text: string, quote: string) =>
    highlight(text, quote)
      .filter((piece) => piece.marked)
      .map((piece) => piece.text);

  it('marks the quote though lines break elsewhere and quotation marks differ', () => {
    expect(marked('She carries “at most\n412 passengers” in winter.', '"at most 412 passengers"')).toEqual([
      '“at most\n412 passengers”',
    ]);
  });

  it('marks both sides of an ellipsis', () => {
    expect(marked('one two three four five', 'one two … five')).toEqual(['one two', 'five']);
  });

  it('never loses a letter of the text', () => {
    for (const quote of ['two', 'not there', '', '(.*)', 'one … three']) {
      expect(
        highlight('one two (.*) three', quote)
          .map(({ text }) => text)
          .join(''),
      ).toBe('one two (.*) three');
    }
  });
});

describe('groups of sessions', () => {
  const session = (id: string, updated_at: string, status?: string): Session =>
    ({ id, updated_at, status }) as unknown as Session;

  it('put what runs first, then today, then yesterday, then the rest', () => {
    const now = new Date(2026, 10, 20, 12).getTime();
    const today = new Date(2026, 10, 20, 1).toISOString();
    const before = new Date(2026, 10, 19, 23).toISOString();
    const groups = groupSessions(
      [
        session('a', today, 'completed'),
        session('b', before, 'waiting'),
        session('c', before, 'failed'),
        session('d', new Date(2026, 10, 18, 23).toISOString()),
      ],
      now,
    );
    expect(groups.map(({ name, sessions }) => [name, sessions.map(({ id }) => id)])).toEqual([
      ['Now', ['b']],
      ['Today', ['a']],
      ['Yesterday', ['c']],
      ['Earlier', ['d']],
    ]);
  });
});

describe('what an agent gave', () => {
  const table = '| Month | Crossings |\n|---|---|\n| "July" | 31 |';

  it('is shown with its tables on lines of their own', () => {
    expect(readable({ rows: 1, table, note: 'a "b"\\n' }).split('\n')).toEqual([
      '{',
      '  "rows": 1,',
      '  "table":',
      '    | Month | Crossings |',
      '    |---|---|',
      '    | "July" | 31 |',
      String.raw`  "note": "a \"b\"\\n"`,
      '}',
    ]);
    expect(readable([table]).split('\n')).toEqual([
      '[',
      '  | Month | Crossings |',
      '  |---|---|',
      '  | "July" | 31 |',
      ']',
    ]);
    expect(readable(table)).toBe(table);
    expect(readable(null)).toBe('');
  });

  it('is copied as it was given', () => expect(JSON.parse(plain({ table }))).toEqual({ table }));
});
