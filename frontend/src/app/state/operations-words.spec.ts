import { ago, holder } from './operations-words';

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
});
