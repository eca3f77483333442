import { plain } from './format';
import { Activity } from './session-state';

/** A step with those that stand below it, in the order in which they began. */
export interface StepNode {
  readonly activity: Activity;
  readonly children: readonly StepNode[];
}

/** A line of a comparison: a step of both runs, or of one alone. */
export interface AlignedRow {
  readonly left: Activity | null;
  readonly right: Activity | null;
  readonly depth: number;
}

/** Above so many pairs, words are not compared: names alone are enough to keep a page of that size smooth. */
const MOST_PAIRS = 250_000;
/** Above so many pairs, there is no table of all of them: it would take the memory and the time of the page. */
const MOST_CELLS = 1_000_000;
const WORDS = 24;

/**
 * The steps of a run as a tree. One whose parent is not known stands at the top, and so does the first of those that
 * are, one of the other, their own parents.
 */
export function forest(activities: readonly Activity[]): StepNode[] {
  const nodes = new Map(activities.map((activity) => [activity.key, { activity, children: [] as StepNode[] }]));
  const parents = new Map<string, string>();
  for (const { key, parentKey } of activities) {
    if (parentKey !== null && parentKey !== key && nodes.has(parentKey)) parents.set(key, parentKey);
  }
  openCircles([...nodes.keys()], parents);
  const roots: StepNode[] = [];
  for (const [key, node] of nodes) (nodes.get(parents.get(key) ?? '')?.children ?? roots).push(node);
  return roots;
}

/** Takes its parent from the first one of each circle. */
function openCircles(keys: readonly string[], parents: Map<string, string>): void {
  const places = new Map(keys.map((key, at) => [key, at]));
  const seenFrom = new Map<string, string>();
  for (const start of keys) {
    const path: string[] = [];
    let key: string | undefined = start;
    while (key !== undefined && !seenFrom.has(key)) {
      seenFrom.set(key, start);
      path.push(key);
      key = parents.get(key);
    }
    if (key === undefined || seenFrom.get(key) !== start) continue;
    const circle = path.slice(path.indexOf(key));
    const place = (one: string): number => places.get(one) ?? 0;
    parents.delete(circle.reduce((first, one) => (place(one) < place(first) ? one : first)));
  }
}

/**
 * Two runs side by side: their steps in rows, parents before children. A row has a step of both where they are alike.
 *
 * The children of two steps that stand in one row are aligned by the algorithm of Needleman and Wunsch (“A general method
 * applicable to the search for similarities in the amino acid sequence of two proteins”, J. Mol. Biol. 48, 1970) with no
 * cost for gaps: the order of both is kept, and the sum of the likenesses is the largest that there is. Where there are
 * too many for that, what is equal is aligned first, and the rest between it. Steps of different agents or kinds are
 * never in one row.
 */
export function align(left: readonly StepNode[], right: readonly StepNode[]): AlignedRow[] {
  const rows: AlignedRow[] = [];
  // Chains of steps are longer than calls may be deep.
  const ahead: (readonly [Pair, number])[] = [];
  const expect = (below: readonly Pair[], depth: number): void => {
    for (let at = below.length - 1; at >= 0; at--) ahead.push([below[at] ?? [null, null], depth]);
  };
  expect(pairs(left, right), 0);
  for (let next = ahead.pop(); next; next = ahead.pop()) {
    const [[one, other], depth] = next;
    rows.push({ left: one?.activity ?? null, right: other?.activity ?? null, depth });
    expect(pairs(one?.children ?? [], other?.children ?? []), depth + 1);
  }
  return rows;
}

type Pair = readonly [StepNode | null, StepNode | null];

/** The siblings in their order; what is the same at both ends needs no table. */
function pairs(some: readonly StepNode[], others: readonly StepNode[]): Pair[] {
  const [one, other] = [some.map(traitsOf), others.map(traitsOf)];
  const shorter = Math.min(some.length, others.length);
  let head = 0;
  while (head < shorter && same(one[head], other[head])) head++;
  let tail = 0;
  while (tail < shorter - head && same(one.at(-1 - tail), other.at(-1 - tail))) tail++;
  const middle = places(one.slice(head, one.length - tail), other.slice(head, other.length - tail));
  const at = (i: number | null, list: readonly StepNode[]): StepNode | null => (i === null ? null : (list[i] ?? null));
  return [
    ...range(head).map((i): Pair => [at(i, some), at(i, others)]),
    ...middle.map(([i, j]): Pair => [at(i === null ? null : i + head, some), at(j === null ? null : j + head, others)]),
    ...range(tail).map((i): Pair => [at(some.length - tail + i, some), at(others.length - tail + i, others)]),
  ];
}

interface Traits {
  /** Of who does it, and what sort of thing it is. */
  readonly role: string;
  readonly action: string;
  readonly input: string;
  readonly words: ReadonlySet<string>;
}

/** Steps are worked on anew with each that comes, and few of them have changed. */
const known = new WeakMap<Activity, Traits>();

function traitsOf({ activity }: StepNode): Traits {
  let traits = known.get(activity);
  if (!traits) known.set(activity, (traits = traitsOfActivity(activity)));
  return traits;
}

function traitsOfActivity(activity: Activity): Traits {
  const input = plain(activity.input);
  const words = `${activity.action} ${input.slice(0, 400)}`.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return {
    role: JSON.stringify([activity.agent, activity.kind]),
    action: activity.action,
    input,
    words: new Set(words.slice(0, WORDS)),
  };
}

function same(one: Traits | undefined, other: Traits | undefined): boolean {
  return one?.role === other?.role && one?.action === other?.action && one?.input === other?.input;
}

/** How alike two steps are: 0 for those that never stand in one row, else above that. */
function likeness(one: Traits, other: Traits, byWords: boolean): number {
  if (one.role !== other.role) return 0;
  const names = one.action === other.action ? 2 : 0;
  const inputs = one.input === other.input ? 2 : 0;
  return 1 + names + inputs + (byWords && names + inputs < 4 ? shared(one.words, other.words) : 1);
}

/** Dice's coefficient of the words. */
function shared(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let common = 0;
  for (const word of one) if (other.has(word)) common++;
  return one.size + other.size === 0 ? 0 : (2 * common) / (one.size + other.size);
}

/** The places of two steps that stand in one row, with null where one of them is missing. */
type Places = readonly [number | null, number | null];

/** Which have to be equal to be aligned, where there are many: the strictest first. */
const LIKENESSES: readonly ((traits: Traits) => string)[] = [
  ({ role, action, input }) => JSON.stringify([role, action, input]),
  ({ role, action }) => JSON.stringify([role, action]),
  ({ role }) => role,
];

function places(one: readonly Traits[], other: readonly Traits[]): Places[] {
  return one.length * other.length <= MOST_CELLS ? table(one, other) : anchored(one, other, 0);
}

/**
 * Where there are too many for a table: of those that are equal, the longest sequence that is in the order of both, and
 * between two of it the rest in the same way, by a likeness that asks for less. n steps take n log n.
 */
function anchored(one: readonly Traits[], other: readonly Traits[], strictness: number): Places[] {
  const likeness = LIKENESSES[strictness];
  if (!likeness)
    return [...range(one.length).map((i): Places => [i, null]), ...range(other.length).map((j): Places => [null, j])];
  const found: Places[] = [];
  let [fromOne, fromOther] = [0, 0];
  const between = (toOne: number, toOther: number): void => {
    const [some, others] = [one.slice(fromOne, toOne), other.slice(fromOther, toOther)];
    const few = some.length * others.length <= MOST_PAIRS;
    const [i0, j0] = [fromOne, fromOther];
    for (const [i, j] of few ? table(some, others) : anchored(some, others, strictness + 1)) {
      found.push([i === null ? null : i + i0, j === null ? null : j + j0]);
    }
  };
  for (const [i, j] of ascending(equal(one.map(likeness), other.map(likeness)))) {
    between(i, j);
    found.push([i, j]);
    [fromOne, fromOther] = [i + 1, j + 1];
  }
  between(one.length, other.length);
  return found;
}

/** The places of what is equal, in the order of the first: the nth of several equal ones with the nth. */
function equal(one: readonly string[], other: readonly string[]): (readonly [number, number])[] {
  const waiting = new Map<string, number[]>();
  for (let j = other.length - 1; j >= 0; j--) {
    const key = other[j] ?? '';
    const list = waiting.get(key);
    if (list) list.push(j);
    else waiting.set(key, [j]);
  }
  return one.flatMap((key, i) => {
    const j = waiting.get(key)?.pop();
    return j === undefined ? [] : [[i, j] as const];
  });
}

/** The longest part in which the second numbers grow, too; by patience sorting. */
function ascending(couples: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const tops: number[] = []; // of the piles: places in `couples`
  const before: (number | undefined)[] = [];
  const second = (at: number | undefined): number => (at === undefined ? -1 : (couples[at]?.[1] ?? -1));
  for (let at = 0; at < couples.length; at++) {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (second(tops[middle]) < second(at)) low = middle + 1;
      else high = middle;
    }
    before.push(tops[low - 1]);
    tops[low] = at;
  }
  const found: (readonly [number, number])[] = [];
  for (let at = tops.at(-1); at !== undefined; at = before[at]) {
    const couple = couples[at];
    if (couple) found.push(couple);
  }
  return found.reverse();
}

/** Needs a number for each pair. */
function table(one: readonly Traits[], other: readonly Traits[]): Places[] {
  const [height, width] = [one.length, other.length];
  const byWords = height * width <= MOST_PAIRS;
  const best = new Float32Array((height + 1) * (width + 1)); // from these two on
  const cell = (i: number, j: number): number => i * (width + 1) + j;
  const like = (i: number, j: number): number => {
    const [a, b] = [one[i], other[j]];
    return a && b ? likeness(a, b, byWords) : 0;
  };
  for (let i = height - 1; i >= 0; i--) {
    for (let j = width - 1; j >= 0; j--) {
      const score = like(i, j);
      best[cell(i, j)] = Math.max(
        best[cell(i + 1, j)] ?? 0,
        best[cell(i, j + 1)] ?? 0,
        score > 0 ? (best[cell(i + 1, j + 1)] ?? 0) + score : 0,
      );
    }
  }
  const found: Places[] = [];
  let [i, j] = [0, 0];
  while (i < height || j < width) {
    const here = best[cell(i, j)] ?? 0;
    if (i < height && j < width && here > (best[cell(i + 1, j)] ?? 0) && here > (best[cell(i, j + 1)] ?? 0)) {
      found.push([i++, j++]);
    } else if (i < height && (j === width || here === best[cell(i + 1, j)])) found.push([i++, null]);
    else found.push([null, j++]);
  }
  return found;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
