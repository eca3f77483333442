import { Stretch } from './session-address';
import { Millis } from './session-state';

/** Where times stand: the left edge, how much is in view, and where it is marked; since the run began. */
export interface Axis {
  readonly from: Millis;
  readonly span: Millis;
  readonly step: Millis;
  readonly ticks: readonly Millis[];
}

/** The shortest stretch that can be looked at: times are told in milliseconds. */
export const SHORTEST: Millis = 10;

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  1_200_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
];

function stepFor(span: Millis, most: number): Millis {
  return STEPS.find((candidate) => candidate * most >= span) ?? Math.ceil(span / most / 86_400_000) * 86_400_000;
}

/**
 * An axis of at most `most` even ticks that holds `elapsed`. It grows by whole ticks, so that bars stand still
 * between two of them.
 */
export function axisFor(elapsed: Millis, most = 7): Axis {
  const step = stepFor(elapsed, most);
  const count = Math.max(1, Math.ceil(elapsed / step));
  return { from: 0, span: count * step, step, ticks: Array.from({ length: count + 1 }, (_, at) => at * step) };
}

/** The axis of a stretch, with ticks at round times in it. */
export function axisOf({ from, to }: Stretch, most = 7): Axis {
  const step = stepFor(to - from, most);
  const ticks: Millis[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return { from, span: to - from, step, ticks };
}

/** The stretch of `whole` with its edges in it, and no shorter than the shortest. */
export function within(whole: Millis, { from, to }: Stretch): Stretch {
  const span = Math.min(whole, Math.max(SHORTEST, to - from));
  const begin = Math.min(Math.max(0, from), whole - span);
  return { from: begin, to: begin + span };
}

/** `factor` times as much in view; what is at this share of it stays where it is. null: all of it. */
export function zoomed(whole: Millis, { from, to }: Stretch, factor: number, share: number): Stretch | null {
  const span = (to - from) * factor;
  if (span >= whole) return null;
  const held = from + (to - from) * share;
  const wide = Math.max(SHORTEST, span);
  return within(whole, { from: held - wide * share, to: held + wide * (1 - share) });
}

/** Moved on by this share of what is in view. */
export function panned(whole: Millis, { from, to }: Stretch, share: number): Stretch {
  const by = (to - from) * share;
  return within(whole, { from: from + by, to: to + by });
}
