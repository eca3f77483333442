import { Activity, Millis } from './session-state';
import { Vector } from './vector';

/** A line of the timeline: which activity, and where it stands in the tree. */
export interface TimelineRow {
  /** Position in `SessionState.activities`. */
  readonly index: number;
  readonly key: string;
  readonly depth: number;
  readonly parentKey: string | null;
  /** Position of the activity it stands under; null where it stands under none. */
  readonly parentIndex: number | null;
  readonly expandable: boolean;
  readonly expanded: boolean;
}

interface Node {
  readonly index: number;
  readonly key: string;
  readonly parentKey: string | null;
  readonly children: Node[];
  row: TimelineRow | null;
}

/**
 * The rows of one run's tree, parents before children, in the order they began. Collapsed branches are left out.
 *
 * Activities only grow in number, so each is put in its place once; a row that did not change stays the same object.
 */
export class TimelineTree {
  private roots: Node[] = [];
  private readonly nodes = new Map<string, Node>();
  private readonly orphans = new Map<string, Node[]>();
  private activities: Vector<Activity> = Vector.empty();
  private runId = '';
  private seen = 0;

  rows(activities: Vector<Activity>, runId: string, collapsed: ReadonlySet<string>): TimelineRow[] {
    this.takeNew(activities, runId);
    const rows: TimelineRow[] = [];
    const visit = (nodes: readonly Node[], depth: number, parentIndex: number | null): void => {
      for (const node of nodes) {
        const row = rowOf(node, depth, parentIndex, collapsed);
        rows.push(row);
        if (row.expanded) visit(node.children, depth + 1, node.index);
      }
    };
    visit(this.roots, 0, null);
    return rows;
  }

  private takeNew(activities: Vector<Activity>, runId: string): void {
    const continues =
      runId === this.runId && activities.length >= this.seen && activities.at(0)?.key === this.activities.at(0)?.key;
    if (!continues) {
      this.roots = [];
      this.nodes.clear();
      this.orphans.clear();
      this.seen = 0;
    }
    for (; this.seen < activities.length; this.seen++) {
      const activity = activities.at(this.seen);
      if (activity?.runId === runId) this.place(activity, this.seen);
    }
    this.activities = activities;
    this.runId = runId;
  }

  private place(activity: Activity, index: number): void {
    const { key, parentKey } = activity;
    const node: Node = { index, key, parentKey, children: this.orphans.get(key) ?? [], row: null };
    this.nodes.set(key, node);
    if (this.orphans.delete(key)) this.roots = this.roots.filter((root) => root.parentKey !== key);
    const parent = parentKey === null ? undefined : this.nodes.get(parentKey);
    if (parent && parent !== node) {
      parent.children.push(node);
      return;
    }
    // A parent that comes later, or that the server no longer keeps, must not hide its children.
    this.roots.push(node);
    if (parentKey !== null && parentKey !== key) {
      const siblings = this.orphans.get(parentKey);
      if (siblings) siblings.push(node);
      else this.orphans.set(parentKey, [node]);
    }
  }
}

function rowOf(node: Node, depth: number, parentIndex: number | null, collapsed: ReadonlySet<string>): TimelineRow {
  const expandable = node.children.length > 0;
  const expanded = expandable && !collapsed.has(node.key);
  const { row } = node;
  if (row?.depth === depth && row.expandable === expandable && row.expanded === expanded) return row;
  const parentKey = depth > 0 ? node.parentKey : null;
  node.row = { index: node.index, key: node.key, depth, parentKey, parentIndex, expandable, expanded };
  return node.row;
}

/** The last moment of an activity that is known: its end, its run's end (null while it goes on), or now. */
export function endOf(activity: Activity, runEnd: Millis | null, now: Millis): Millis {
  return Math.max(activity.begin, activity.end ?? runEnd ?? now);
}

/** Whether it goes on now. What an ended run left open does not. */
export function isLive(activity: Activity, runEnd: Millis | null): boolean {
  return activity.end === null && runEnd === null;
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
  const step =
    STEPS.find((candidate) => candidate * most >= elapsed) ?? Math.ceil(elapsed / most / 86_400_000) * 86_400_000;
  const count = Math.max(1, Math.ceil(elapsed / step));
  return { span: count * step, ticks: Array.from({ length: count + 1 }, (_, i) => i * step) };
}
