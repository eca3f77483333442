import { ago, holder, retentionWords } from './operations-words';

describe('the words of the operations page', () => {
  it('names a process by its machine, and a worker outside by its name', () => {
    expect(holder('node-1/417/ab12cd34')).toBe('node-1, process 417');
    expect(holder('outside/key-3/barge of Max')).toBe('worker barge of Max');
    expect(holder(null)).toBe('');
  });

  it('counts in whole seconds, and never below none', () => {
    const now = Date.parse('2026-03-14T09:01:05Z');
    expect(ago('2026-03-14T09:01:00.400Z', now)).toBe('5 s');
    expect(ago('2026-03-14T09:01:09Z', now)).toBe('0 s');
    expect(ago('2026-03-14T08:59:00Z', now)).toBe('2 min 05 s');
    expect(ago(null, now)).toBe('');
  });

  it('says what is kept how long, and what is not in force yet', () => {
    const begins_at = '2026-03-15T12:00:00Z';
    const rule = { what: 'sessions', days: 3, begins_at, former_days: 365 } as const;
    expect(retentionWords(rule, Date.parse('2026-03-14T12:00:00Z'))).toMatch(
      /^Sessions without activity are kept for 365 days until .*15.*, then for 3 days\.$/,
    );
    expect(retentionWords(rule, Date.parse('2026-03-16T12:00:00Z'))).toBe(
      'Sessions without activity are kept for 3 days.',
    );
    expect(retentionWords({ ...rule, days: null }, Date.parse('2026-03-16T12:00:00Z'))).toContain('for ever');
  });
});
