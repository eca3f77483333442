import { Millis } from './session-state';

/** What is drawn of a step where there is no room for a bar of its own. */
export interface Span {
  readonly begin: Millis;
  readonly end: Millis;
  readonly failed: boolean;
}

/** For each of the equal parts of a stretch: how many steps go on in it, and whether one has failed. */
export interface Density {
  readonly counts: readonly number[];
  readonly failed: readonly boolean[];
}

/** Steps that are shorter than a part count in the one they are in; those outside of the stretch not at all. */
export function density(spans: Iterable<Span>, from: Millis, span: Millis, parts: number): Density {
  const changes = new Array<number>(parts + 1).fill(0);
  const failed = new Array<boolean>(parts).fill(false);
  const partOf = (at: Millis): number => Math.floor(((at - from) / span) * parts);
  for (const one of spans) {
    const [first, last] = [partOf(one.begin), Math.min(parts - 1, partOf(one.end))];
    if (first >= parts || last < 0) continue;
    changes[Math.max(0, first)] = (changes[Math.max(0, first)] ?? 0) + 1;
    changes[last + 1] = (changes[last + 1] ?? 0) - 1;
    if (one.failed) failed[last] = true;
  }
  let count = 0;
  return { counts: changes.slice(0, parts).map((change) => (count += change)), failed };
}

/** An SVG path of columns of width 1 up from the line at `height`; as high as all of it where most goes on. */
export function densityPath(counts: readonly number[], height: number): string {
  const most = counts.reduce((one, other) => Math.max(one, other), 0);
  if (most === 0) return '';
  let path = '';
  for (let at = 0; at < counts.length;) {
    const count = counts[at] ?? 0;
    let end = at + 1;
    while (end < counts.length && counts[end] === count) end++;
    if (count > 0) {
      // Few beside many can still be seen.
      const high = Math.max(1, (Math.log1p(count) / Math.log1p(most)) * height);
      path += `M${at} ${height}V${(height - high).toFixed(1)}H${end}V${height}Z`;
    }
    at = end;
  }
  return path;
}

/** An SVG path of marks of width 1, where steps have failed. */
export function marksPath(marks: readonly boolean[], height: number): string {
  return marks.map((marked, at) => (marked ? `M${at} 0H${at + 1}V${height}H${at}Z` : '')).join('');
}
