import { density, densityPath, marksPath } from './density';

describe('how much goes on', () => {
  it('counts what goes on in each part, and what is shorter than one in the one it is in', () => {
    const { counts, failed } = density(
      [
        { begin: 0, end: 50, failed: false },
        { begin: 21, end: 22, failed: true },
        { begin: 40, end: 100, failed: false },
      ],
      0,
      100,
      10,
    );
    expect(counts).toEqual([1, 1, 2, 1, 2, 2, 1, 1, 1, 1]);
    expect(failed.indexOf(true)).toBe(2);
  });

  it('leaves out what is outside of the stretch', () => {
    const spans = [
      { begin: 0, end: 9, failed: true },
      { begin: 31, end: 50, failed: true },
      { begin: 5, end: 15, failed: false },
    ];
    const { counts, failed } = density(spans, 10, 20, 4);
    expect(counts).toEqual([1, 1, 0, 0]);
    expect(failed).toEqual([false, false, false, false]);
  });

  it('is drawn with one column for parts that are alike, and nothing where nothing goes on', () => {
    expect(densityPath([0, 1, 1, 3], 10)).toBe('M1 10V5.0H3V10ZM3 10V0.0H4V10Z');
    expect(densityPath([0, 0], 10)).toBe('');
    expect(marksPath([false, true], 10)).toBe('M1 0H2V10H1Z');
  });
});
