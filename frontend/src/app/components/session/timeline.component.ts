import {
  Component,
  ElementRef,
  computed,
  effect,
  inject,
  input,
  model,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';

import { Clock } from '../../services/clock.service';
import { Layout } from '../../services/layout.service';
import { tick } from '../../state/format';
import { Activity, Run } from '../../state/session-state';
import { TimelineRow, TimelineTree, axisFor, isLive } from '../../state/timeline';
import { Vector } from '../../state/vector';
import { RowWindow } from './row-window';
import { TimelineRowComponent } from './timeline-row.component';

export const ROW_HEIGHT = 27;

/** The steps of one run as nested rows on an axis of time. */
@Component({
  selector: 'app-timeline',
  imports: [TimelineRowComponent],
  templateUrl: './timeline.component.html',
  styleUrl: './timeline.component.css',
})
export class TimelineComponent {
  readonly activities = input.required<Vector<Activity>>();
  readonly run = input.required<Run>();
  readonly selectedKey = input<string | null>(null);
  /** Keeps the newest step in view; scrolling away lets go. */
  readonly follow = model(true);
  readonly selected = output<string>();

  protected readonly height = ROW_HEIGHT;
  protected readonly clock = inject(Clock);
  protected readonly tick = tick;
  private readonly layout = inject(Layout);
  private readonly viewport = viewChild.required<ElementRef<HTMLElement>>('viewport');
  private readonly toggled = signal<ReadonlySet<string>>(new Set());
  protected readonly activeKey = signal<string | null>(null);

  private readonly tree = new TimelineTree();
  private readonly count = computed(() => this.activities().length);
  private readonly runId = computed(() => this.run().id);
  /** The shape of the tree changes only when a step is new; what the steps say is looked up when a row is drawn. */
  protected readonly rows = computed(() => {
    this.count();
    return this.tree.rows(untracked(this.activities), this.runId(), this.toggled());
  });

  protected readonly origin = computed(() => this.run().startedAt ?? this.run().queuedAt);
  private readonly elapsed = computed(() => (this.run().endedAt ?? this.clock.now()) - this.origin());
  protected readonly axis = computed(() => axisFor(Math.max(1000, this.elapsed()), this.layout.phone() ? 4 : 7), {
    equal: (a, b) => a.span === b.span && a.ticks.length === b.ticks.length,
  });

  private readonly newest = computed(() => newest(this.rows()));
  protected readonly goesOn = computed(() => this.run().endedAt === null);
  protected readonly window = new RowWindow(
    this.viewport,
    computed(() => this.rows().length),
    ROW_HEIGHT,
    () => this.onScroll(),
  );
  protected readonly shown = computed(() => this.rows().slice(this.window.start(), this.window.end()));
  /** Where it was scrolled to when that was last looked at. */
  private offset = 0;

  constructor() {
    effect(() => {
      const newest = this.newest();
      this.window.size();
      if (this.follow() && this.goesOn()) untracked(() => this.reveal(newest));
    });
    // What was chosen elsewhere is in view here, also when the room for it changes.
    effect(() => {
      const key = this.selectedKey();
      this.window.size();
      if (key !== null) untracked(() => this.reveal(this.rows().findIndex((row) => row.key === key)));
    });
  }

  protected activityOf(row: TimelineRow): Activity {
    const activity = this.activities().at(row.index);
    if (!activity) throw new RangeError(`The timeline has a row for step ${row.index}, which does not exist.`);
    return activity;
  }

  /** Whether a row says whose step it is: what stands under a step of the same agent need not. */
  protected namesAgent(row: TimelineRow, activity: Activity): boolean {
    return row.parentIndex === null || this.activities().at(row.parentIndex)?.agent !== activity.agent;
  }

  /** Only what is live needs to know the time; for the rest it would be a change without a difference. */
  protected nowFor(activity: Activity): number {
    return isLive(activity, this.run().endedAt) ? this.clock.now() : 0;
  }

  protected rowId(key: string | null): string | null {
    return key === null ? null : `step-${key}`;
  }

  /** Moves the active row by `step`, as the arrow keys do. */
  move(step: number): void {
    const rows = this.rows();
    const at = rows.findIndex((row) => row.key === this.activeKey());
    this.activate(rows[Math.min(rows.length - 1, Math.max(0, at + step))]);
    this.viewport().nativeElement.focus();
  }

  protected onKey(event: KeyboardEvent): void {
    const rows = this.rows();
    const row = rows.find((other) => other.key === this.activeKey());
    const page = Math.max(1, Math.floor(this.window.size() / ROW_HEIGHT) - 1);
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => this.move(1),
      ArrowUp: () => this.move(-1),
      PageDown: () => this.move(page),
      PageUp: () => this.move(-page),
      Home: () => this.move(-rows.length),
      End: () => this.move(rows.length),
      ArrowRight: () => (row?.expandable && !row.expanded ? this.toggle(row.key) : this.move(1)),
      ArrowLeft: () =>
        row?.expanded ? this.toggle(row.key) : this.activate(rows.find((up) => up.key === row?.parentKey)),
      Enter: () => row && this.choose(row),
      ' ': () => row && this.choose(row),
    };
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
  }

  /** A press of the pointer gives the focus too: nothing may move away from under it. */
  protected onFocus(): void {
    if (this.activeKey() !== null) return;
    const firstInView = this.rows()[Math.ceil(this.offset / ROW_HEIGHT)];
    if (firstInView) this.activeKey.set(firstInView.key);
  }

  /** A line that stands for several calls has nothing to show but them. */
  protected choose(row: TimelineRow): void {
    this.activeKey.set(row.key);
    if (row.others > 0) this.toggle(row.key);
    else this.selected.emit(row.key);
  }

  protected toggle(key: string): void {
    this.toggled.update((keys) => {
      const next = new Set(keys);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }

  private activate(row: TimelineRow | undefined): void {
    if (!row) return;
    this.activeKey.set(row.key);
    this.reveal(this.rows().indexOf(row));
    if (this.selectedKey() !== null && row.others === 0) this.selected.emit(row.key);
  }

  private onScroll(): void {
    const offset = this.window.offset();
    const end = this.rows().length * ROW_HEIGHT - this.window.size();
    if (offset < this.offset - 2) this.follow.set(false);
    else if (offset > end - ROW_HEIGHT) this.follow.set(true);
    this.offset = offset;
  }

  private reveal(index: number): void {
    this.window.reveal(index);
    this.offset = this.window.offset();
  }
}

function newest(rows: readonly TimelineRow[]): number {
  let found = -1;
  let latest = -1;
  rows.forEach((row, at) => {
    if (row.index > latest) {
      latest = row.index;
      found = at;
    }
  });
  return found;
}
