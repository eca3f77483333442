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
  /** So many calls of HTTP, databases and the like stand in this one line, which is none of them; 0 for a step. */
  readonly others: number;
}

interface Node {
  readonly index: number;
  readonly key: string;
  readonly parentKey: string | null;
  readonly other: boolean;
  readonly children: Node[];
  row: TimelineRow | null;
  /** Of the line for the calls beside it, if it is the first of them. */
  othersRow: TimelineRow | null;
}

/**
 * The rows of one run's tree, parents before children, in the order they began. Collapsed branches are left out, and
 * so are calls of the kind `other` with nothing else below them: those under one parent are one line until it is opened.
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

  /**
   * `toggled` has the keys of the rows that are not as they are at first: steps are expanded, lines of others are not.
   * With `wanted`, only steps that it wants, and those that they stand under.
   */
  rows(
    activities: Vector<Activity>,
    runId: string,
    toggled: ReadonlySet<string>,
    wanted: ((activity: Activity) => boolean) | null = null,
  ): TimelineRow[] {
    this.takeNew(activities, runId);
    const rows: TimelineRow[] = [];
    const kept = wanted === null ? null : this.around(wanted);
    const visit = (all: readonly Node[], depth: number, parentIndex: number | null): void => {
      const nodes = kept === null ? all : all.filter((node) => kept.has(node));
      const others = nodes.filter(isOther);
      const folded = others.length > 1;
      for (const node of nodes) {
        if (!folded || !isOther(node)) {
          show(node, depth, parentIndex);
        } else if (node === others[0]) {
          const row = othersRowOf(node, others.length, depth, parentIndex, toggled);
          rows.push(row);
          if (row.expanded) others.forEach((other) => show(other, depth + 1, parentIndex, row.key));
        }
      }
    };
    const show = (node: Node, depth: number, parentIndex: number | null, parentKey = node.parentKey): void => {
      const row = rowOf(node, depth, parentIndex, parentKey, toggled);
      rows.push(row);
      if (row.expanded) visit(node.children, depth + 1, node.index);
    };
    visit(this.roots, 0, null);
    return rows;
  }

  /** As `toggled`, but with everything open that the step with this key stands in. */
  opened(toggled: ReadonlySet<string>, key: string): ReadonlySet<string> {
    const next = new Set(toggled);
    for (let node = this.nodes.get(key); node; node = this.parentOf(node)) {
      if (node.key !== key) next.delete(node.key);
      const others = (this.parentOf(node)?.children ?? this.roots).filter(isOther);
      const [first] = others;
      if (first && others.length > 1 && others.includes(node)) next.add(`${first.key}+others`);
    }
    return next;
  }

  /** The keys of all steps that others stand under. */
  branches(): string[] {
    return [...this.nodes.values()].filter(({ children }) => children.length > 0).map(({ key }) => key);
  }

  /** Positions of the steps that nothing stands under: of all, or of those below the step with this key. */
  leaves(key: string | null = null): number[] {
    const found: number[] = [];
    const visit = (nodes: readonly Node[]): void => {
      for (const { index, children } of nodes) {
        if (children.length === 0) found.push(index);
        else visit(children);
      }
    };
    visit(key === null ? this.roots : (this.nodes.get(key)?.children ?? []));
    return found;
  }

  private parentOf({ parentKey }: Node): Node | undefined {
    return parentKey === null ? undefined : this.nodes.get(parentKey);
  }

  /** The steps that are wanted, and those that they stand under. */
  private around(wanted: (activity: Activity) => boolean): ReadonlySet<Node> {
    const kept = new Set<Node>();
    const visit = (nodes: readonly Node[]): boolean => {
      let any = false;
      for (const node of nodes) {
        const activity = this.activities.at(node.index);
        const keeps = visit(node.children) || (activity !== undefined && wanted(activity));
        if (keeps) kept.add(node);
        any ||= keeps;
      }
      return any;
    };
    visit(this.roots);
    return kept;
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
    const node: Node = {
      index,
      key,
      parentKey,
      other: activity.kind === 'other',
      children: this.orphans.get(key) ?? [],
      row: null,
      othersRow: null,
    };
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

/** Whether there is nothing but calls of the kind `other` in it. */
function isOther(node: Node): boolean {
  return node.other && node.children.every(isOther);
}

function rowOf(
  node: Node,
  depth: number,
  parentIndex: number | null,
  parentKey: string | null,
  toggled: ReadonlySet<string>,
): TimelineRow {
  const expandable = node.children.length > 0;
  const expanded = expandable && !toggled.has(node.key);
  const { row } = node;
  const around = depth > 0 ? parentKey : null;
  if (
    row?.depth === depth &&
    row.expandable === expandable &&
    row.expanded === expanded &&
    row.parentKey === around &&
    row.parentIndex === parentIndex
  ) {
    return row;
  }
  node.row = {
    index: node.index,
    key: node.key,
    depth,
    parentKey: around,
    parentIndex,
    expandable,
    expanded,
    others: 0,
  };
  return node.row;
}

function othersRowOf(
  first: Node,
  others: number,
  depth: number,
  parentIndex: number | null,
  toggled: ReadonlySet<string>,
): TimelineRow {
  const key = `${first.key}+others`;
  const expanded = toggled.has(key);
  const { othersRow: row } = first;
  if (row?.depth === depth && row.others === others && row.expanded === expanded) return row;
  const parentKey = depth > 0 ? first.parentKey : null;
  first.othersRow = { index: first.index, key, depth, parentKey, parentIndex, expandable: true, expanded, others };
  return first.othersRow;
}

/** The last moment of an activity that is known: its end, its run's end (null while it goes on), or now. */
export function endOf(activity: Activity, runEnd: Millis | null, now: Millis): Millis {
  return Math.max(activity.begin, activity.end ?? runEnd ?? now);
}

/** Whether it goes on now. What an ended run left open does not. */
export function isLive(activity: Activity, runEnd: Millis | null): boolean {
  return activity.end === null && runEnd === null;
}
