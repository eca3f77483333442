import { Activity, Millis, Run } from './session-state';
import { Vector } from './vector';

/** A line of the timeline: which activity, and where it stands in the tree. */
export interface TimelineRow {
  /** Position in `SessionState.activities`. */
  readonly index: number;
  readonly key: string;
  readonly depth: number;
  readonly parentKey: string | null;
  readonly expandable: boolean;
  readonly expanded: boolean;
  readonly place: number;
  readonly siblings: number;
}

/** The rows of one run's tree, parents before children, in the order they began. Collapsed branches are left out. */
export function timelineRows(
  activities: Vector<Activity>,
  runId: string | null,
  collapsed: ReadonlySet<string>,
): TimelineRow[] {
  const { roots, children } = tree(activities, runId);
  const rows: TimelineRow[] = [];
  const visit = (nodes: readonly Node[], depth: number): void => {
    nodes.forEach(({ index, activity }, place) => {
      const below = children.get(activity.key);
      const expanded = below !== undefined && !collapsed.has(activity.key);
      rows.push({
        index,
        key: activity.key,
        depth,
        parentKey: depth > 0 ? activity.parentKey : null,
        expandable: below !== undefined,
        expanded,
        place: place + 1,
        siblings: nodes.length,
      });
      if (below && expanded) visit(below, depth + 1);
    });
  };
  visit(roots, 0);
  return rows;
}

interface Node {
  readonly index: number;
  readonly activity: Activity;
}

function tree(activities: Vector<Activity>, runId: string | null): { roots: Node[]; children: Map<string, Node[]> } {
  const nodes: Node[] = [];
  const keys = new Set<string>();
  let index = 0;
  for (const activity of activities) {
    if (activity.runId === runId) {
      nodes.push({ index, activity });
      keys.add(activity.key);
    }
    index++;
  }
  const roots: Node[] = [];
  const children = new Map<string, Node[]>();
  for (const node of nodes) {
    const parent = node.activity.parentKey;
    // A parent that the server no longer keeps must not hide its children.
    if (parent === null || parent === node.activity.key || !keys.has(parent)) roots.push(node);
    else (children.get(parent) ?? children.set(parent, []).get(parent))?.push(node);
  }
  return { roots, children };
}

/** The last moment of an activity that is known: its end, its run's end, or now. */
export function endOf(activity: Activity, run: Run | undefined, now: Millis): Millis {
  return Math.max(activity.begin, activity.end ?? run?.endedAt ?? now);
}

/** Whether it goes on now. What an ended run left open does not. */
export function isLive(activity: Activity, run: Run | undefined): boolean {
  return activity.end === null && (run?.endedAt ?? null) === null;
}

export interface Axis {
  /** Width of the axis in milliseconds. */
  readonly span: Millis;
  readonly ticks: readonly Millis[];
}

const STEPS = [
  50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000,
  1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
];

/**
 * An axis of at most `most` even ticks that holds `elapsed`. It grows by whole ticks, so that bars stand still
 * between two of them.
 */
export function axisFor(elapsed: Millis, most = 7): Axis {
  const step = STEPS.find((candidate) => candidate * most >= elapsed) ?? Math.ceil(elapsed / most / 86_400_000) * 86_400_000;
  const count = Math.max(1, Math.ceil(elapsed / step));
  return { span: count * step, ticks: Array.from({ length: count + 1 }, (_, i) => i * step) };
}
