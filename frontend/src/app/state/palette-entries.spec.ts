import { paletteGroups } from './palette-entries';

const ALL = [
  { id: 'stop', label: 'Stop', group: 'This session' },
  { id: 'now', label: 'Now', group: 'Go to' },
  { id: 'usage', label: 'Usage', group: 'Go to', also: 'costs budgets prices' },
  { id: 'theme', label: 'Switch the theme', group: 'Ringside', also: 'dark light' },
];

function names(typed: string, recent: readonly string[] = []): string[] {
  return paletteGroups(ALL, typed, recent).map(
    ({ name, entries }) => `${name}: ${entries.map(({ of }) => of.id).join(', ')}`,
  );
}

describe('paletteGroups', () => {
  it('offers everything in its group, what was used last before it', () => {
    expect(names('')).toEqual(['This session: stop', 'Go to: now, usage', 'Ringside: theme']);
    expect(names(' ', ['theme', 'gone', 'now'])).toEqual(['Recent: theme, now', 'This session: stop', 'Go to: usage']);
  });

  it('has the best group first', () => {
    expect(names('s')).toEqual(['This session: stop', 'Ringside: theme', 'Go to: usage']);
    expect(names('now')).toEqual(['Go to: now']);
    expect(names('nothing of this')).toEqual([]);
  });

  it('finds what is meant, behind what is said', () => {
    expect(names('budget')).toEqual(['Go to: usage']);
    expect(names('dark')).toEqual(['Ringside: theme']);
  });
});
