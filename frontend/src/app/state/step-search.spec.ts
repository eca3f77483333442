import { step } from '../../testing/events';
import { fold } from './fold';
import { marked } from './marked';
import { SessionState, emptyState } from './session-state';
import { NO_FILTER } from './step-filter';
import { StepSearch } from './step-search';

const state = fold(emptyState(), [
  step(1, 0, { activity_id: 'Read the log', input: { file: 'Harbour.pdf' } }),
  step(2, 0, { activity_id: 'b', agent_name: 'Writer Agent', kind: 'tool', output: [{ rows: 84 }] }),
  step(3, 0, { activity_id: 'c', details: 'the harbour' }),
]);
const find = (search: string, filter = NO_FILTER, of: SessionState = state) =>
  new StepSearch({ ...filter, search }).find(of.activities);

describe('searching steps', () => {
  it('looks at what they are, what went in and what came out', () => {
    expect(find('HARBOUR ')).toEqual([0, 2]);
    expect(find('writer')).toEqual([1]);
    expect(find('84')).toEqual([1]);
    expect(find('rows')).toEqual([1]);
    expect(find('nothing of this')).toEqual([]);
  });

  it('leaves out what a filter leaves out', () => {
    expect(find('a', { ...NO_FILTER, kind: 'tool' })).toEqual([1]);
    expect(find('harbour', { ...NO_FILTER, agent: 'Writer Agent' })).toEqual([]);
  });

  it('finds while the session goes on what it would find at once', () => {
    const search = new StepSearch({ ...NO_FILTER, search: 'odd' });
    let growing = emptyState();
    for (let seq = 1; seq <= 1200; seq += 7) {
      const events = Array.from({ length: 7 }, (_, at) =>
        step(seq + at, at, { activity_id: `${(seq + at) % 500}`, details: (seq + at) % 2 ? 'odd' : 'even' }),
      );
      growing = fold(growing, events);
      expect(search.find(growing.activities)).toEqual(find('odd', NO_FILTER, growing));
    }
    expect(search.find(growing.activities).length).toBe(250);
  });
});

describe('marked words', () => {
  const shown = (text: string, words: string) =>
    marked(text, words)
      .map((piece) => (piece.marked ? `[${piece.text}]` : piece.text))
      .join('');

  it('are marked wherever they are, in whatever case', () => {
    expect(shown('Bow visor, BOW', 'bow')).toBe('[Bow] visor, [BOW]');
    expect(shown('Bow', '')).toBe('Bow');
    expect(shown('a.b', '.')).toBe('a[.]b');
  });

  it('are not marked where letters change their number with their case', () => {
    expect(shown('İi', 'i')).toBe('İi');
  });
});
