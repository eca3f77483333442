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
const WORDS = 24;

/** The steps of a run as a tree. One whose parent is not known stands at the top. */
export function forest(activities: readonly Activity[]): StepNode[] {
  const nodes = new Map(activities.map((activity) => [activity.key, { activity, children: [] as StepNode[] }]));
  const roots: StepNode[] = [];
  for (const node of nodes.values()) {
    const { key, parentKey } = node.activity;
    const parent = parentKey !== null && parentKey !== key ? nodes.get(parentKey) : undefined;
    (parent?.children ?? roots).push(node);
  }
  return roots;
}

/**
 * Two runs side by side: their steps in rows, parents before children. A row has a step of both where they are alike.
 *
 * The children of two steps that stand in one row are aligned by the algorithm of Needleman and Wunsch (“A general method
 * applicable to the search for similarities in the amino acid sequence of two proteins”, J. Mol. Biol. 48, 1970) with no
 * cost for gaps: the order of both is kept, and the sum of the likenesses is the largest that there is. Steps of different
 * agents or kinds are never in one row.
 */
export function align(left: readonly StepNode[], right: readonly StepNode[]): AlignedRow[] {
  const rows: AlignedRow[] = [];
  const alone = (node: StepNode, side: 'left' | 'right', depth: number): void => {
    rows.push({ left: null, right: null, [side]: node.activity, depth });
    node.children.forEach((child) => alone(child, side, depth + 1));
  };
  const visit = (some: readonly StepNode[], others: readonly StepNode[], depth: number): void => {
    for (const [one, other] of pairs(some, others)) {
      if (one && other) {
        rows.push({ left: one.activity, right: other.activity, depth });
        visit(one.children, other.children, depth + 1);
      } else if (one) alone(one, 'left', depth);
      else if (other) alone(other, 'right', depth);
    }
  };
  visit(left, right, 0);
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
  const middle = table(one.slice(head, one.length - tail), other.slice(head, other.length - tail));
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

function traitsOf({ activity }: StepNode): Traits {
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

/** Places of steps that stand in one row, with null where one of them is missing. */
function table(one: readonly Traits[], other: readonly Traits[]): (readonly [number | null, number | null])[] {
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
  const found: (readonly [number | null, number | null])[] = [];
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
