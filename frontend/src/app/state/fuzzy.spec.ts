import { fuzzy } from './fuzzy';

function marked(text: string, typed: string): string | null {
  const pieces = fuzzy(text, typed)?.pieces.map((piece) => (piece.marked ? `[${piece.text}]` : piece.text));
  return pieces?.join('') ?? null;
}

describe('fuzzy', () => {
  it('finds letters in their order, and marks beginnings of words and neighbours first', () => {
    expect(marked('Keyboard shortcuts', 'ks')).toBe('[K]eyboard [s]hortcuts');
    expect(marked('Switch the theme', 'theme')).toBe('Switch the [theme]');
    expect(marked('Pause the run', 'run')).toBe('Pause the [run]');
    expect(marked('New session', 'nses')).toBe('[N]ew [ses]sion');
  });

  it('finds nothing where a letter is missing or the order is another', () => {
    expect(fuzzy('Inbox', 'inbx0')).toBeNull();
    expect(fuzzy('Now', 'won')).toBeNull();
    expect(fuzzy('', 'a')).toBeNull();
  });

  it('does not mind case, diacritics and spaces', () => {
    expect(marked('Café Zürich', 'CAFE zur')).toBe('[Café] [Zür]ich');
    expect(marked('Now', '')).toBe('Now');
  });

  it('has the better match first', () => {
    const score = (text: string): number => fuzzy(text, 'age')?.score ?? -Infinity;
    expect(score('Agents')).toBeGreaterThan(score('Usage'));
    expect(score('Agents')).toBeGreaterThan(score('Agents elsewhere'));
    expect(score('Usage')).toBeGreaterThan(score('An old guest'));
  });

  it('takes a moment also for long titles', () => {
    const began = performance.now();
    fuzzy('a'.repeat(200), 'a'.repeat(60));
    expect(performance.now() - began).toBeLessThan(50);
  });
});
