import { axisFor, axisOf, panned, within, zoomed } from './axis';

describe('the axis', () => {
  it.each([
    [900, 7, 1000, 6],
    [6600, 7, 7000, 8],
    [24_000, 7, 25_000, 6],
    [84_000, 4, 90_000, 4],
    [3_700_000, 7, 4_200_000, 8],
  ])('holds %d ms in at most %d even steps', (elapsed, most, span, ticks) => {
    const axis = axisFor(elapsed, most);
    expect(axis.span).toBe(span);
    expect(axis.ticks).toHaveLength(ticks);
  });

  it('stands still between two ticks', () => {
    expect(axisFor(20_100)).toEqual(axisFor(24_900));
  });

  it('has round times in a stretch, wherever that begins', () => {
    expect(axisOf({ from: 754_303, to: 754_331 })).toEqual({
      from: 754_303,
      span: 28,
      step: 5,
      ticks: [754_305, 754_310, 754_315, 754_320, 754_325, 754_330],
    });
  });

  it('keeps what is under the pointer in its place while it zooms', () => {
    const whole = 100_000;
    const stretch = zoomed(whole, { from: 0, to: whole }, 0.5, 0.25);
    expect(stretch).toEqual({ from: 12_500, to: 62_500 });
    expect(zoomed(whole, stretch ?? { from: 0, to: 0 }, 2, 0.25)).toBeNull();
  });

  it('looks at ten milliseconds at least, and at nothing beside the run', () => {
    expect(zoomed(100_000, { from: 50_000, to: 50_012 }, 0.1, 0.5)).toEqual({ from: 50_001, to: 50_011 });
    expect(within(1000, { from: -50, to: 150 })).toEqual({ from: 0, to: 200 });
    expect(within(1000, { from: 900, to: 1400 })).toEqual({ from: 500, to: 1000 });
    expect(panned(1000, { from: 700, to: 900 }, 2)).toEqual({ from: 800, to: 1000 });
  });
});
