import {
  Component,
  ElementRef,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  model,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';

import { Calm } from '../../services/calm.service';
import { Clock } from '../../services/clock.service';
import { Layout } from '../../services/layout.service';
import { Span, density } from '../../state/density';
import { count, tick } from '../../state/format';
import { Stretch } from '../../state/session-address';
import { Activity, Run } from '../../state/session-state';
import { PerPiece } from '../../state/per-piece';
import { NO_FILTER, StepFilter, narrows, passes } from '../../state/step-filter';
import { mentions, searchWords } from '../../state/step-search';
import { TimelineRow, TimelineTree, endOf, isLive } from '../../state/timeline';
import { Vector } from '../../state/vector';
import { IconComponent } from '../shared/icon.component';
import { RowWindow } from './row-window';
import { TimeWindow } from './time-window';
import { PARTS, TimelineOverviewComponent } from './timeline-overview.component';
import { TimelineRowComponent } from './timeline-row.component';
import { WORDS } from './timeline-words';
import { ZoomGestures } from './zoom-gestures';

export const ROW_HEIGHT = 27;

const CLOSER = 0.6;
const ASIDE = 0.2;

/** The steps of one run as nested rows on an axis of time, all of it or a stretch. */
@Component({
  selector: 'app-timeline',
  imports: [IconComponent, TimelineOverviewComponent, TimelineRowComponent],
  templateUrl: './timeline.component.html',
  styleUrl: './timeline.component.css',
})
export class TimelineComponent {
  readonly activities = input.required<Vector<Activity>>();
  readonly run = input.required<Run>();
  readonly selectedKey = input<string | null>(null);
  /** What is left out, and the words that are marked. */
  readonly filter = input<StepFilter>(NO_FILTER);
  /** The moment that is shown; now, unless an earlier one is looked at. */
  readonly moment = input<number | null>(null);
  /** When the run ends, where that is known although it is not shown yet. */
  readonly knownEnd = input<number | null>(null);
  /** The stretch of the run that is in view; null: all of it. */
  readonly stretch = model<Stretch | null>(null);
  /** Keeps the newest step in view; scrolling away lets go. */
  readonly follow = model(true);
  readonly selected = output<string>();

  protected readonly height = ROW_HEIGHT;
  private readonly clock = inject(Clock);
  protected readonly now = computed(() => this.moment() ?? this.clock.now());
  protected readonly tick = tick;
  private readonly layout = inject(Layout);
  private readonly viewport = viewChild.required<ElementRef<HTMLElement>>('viewport');
  private readonly ticks = viewChild.required<ElementRef<HTMLElement>>('ticks');
  private readonly toggled = signal<ReadonlySet<string>>(new Set());
  /** What follows it alone is not begun anew with each event of the run. */
  private readonly runId = computed(() => this.run().id);
  protected readonly activeKey = linkedSignal<string, string | null>({
    source: this.runId, // a row of another run is not there
    computation: () => null,
  });

  private readonly tree = new TimelineTree();
  private readonly failed = new PerPiece<Activity, readonly number[]>((piece, first) =>
    piece.flatMap(({ status }, at) => (status === 'failed' ? [first + at] : [])),
  );
  private readonly count = computed(() => this.activities().length);
  /** The shape of the tree changes only when a step is new; what the steps say is looked up when a row is drawn. */
  protected readonly rows = computed(() => {
    const filter = this.filter();
    if (narrows(filter)) {
      return this.tree.rows(this.activities(), this.runId(), this.toggled(), (step) => passes(step, filter));
    }
    this.count();
    return this.tree.rows(untracked(this.activities), this.runId(), this.toggled());
  });
  private readonly words = computed(() => searchWords(this.filter().search));

  protected readonly origin = computed(() => this.run().startedAt ?? this.run().queuedAt);
  private readonly elapsed = computed(() => (this.run().endedAt ?? this.now()) - this.origin());
  protected readonly goesOn = computed(() => this.run().endedAt === null);
  protected readonly time = new TimeWindow({
    stretch: this.stretch,
    follow: this.follow,
    elapsed: this.elapsed,
    known: computed(() => Math.max(this.elapsed(), (this.knownEnd() ?? 0) - this.origin())),
    goesOn: this.goesOn,
    mostTicks: computed(() => (this.layout.phone() ? 4 : 7)),
  });

  private readonly overviewed = inject(Calm).follow(
    computed(() => ({ rows: this.rows(), activities: this.activities(), whole: this.time.whole() })),
    ({ whole }) => `${this.runId()} ${whole}`,
  );
  protected readonly overview = computed(() => {
    const { whole } = this.overviewed();
    return untracked(() => density(this.spans(this.tree.leaves()), this.origin(), whole, PARTS));
  });
  /** Positions of the steps that have failed. */
  private readonly failures = computed(() => {
    const [activities, runId] = [this.activities(), this.runId()];
    return this.failed.of(activities).flatMap((found) => found.filter((at) => activities.at(at)?.runId === runId));
  });
  protected readonly failureCount = computed(() => count(this.failures().length));
  protected readonly anyFailed = computed(() => this.failures().length > 0);
  protected readonly anyBranch = computed(() => this.rows().some(({ expandable }) => expandable));
  private readonly collapsed = computed(() => !this.rows().some(({ expanded }) => expanded));

  protected readonly collapseWords = computed(() => (this.collapsed() ? WORDS.expand : WORDS.collapse));

  private readonly newest = computed(() => newest(this.rows()));
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
      if (key !== null) untracked(() => this.show(key));
    });
    new ZoomGestures(this.viewport, {
      track: () => this.ticks().nativeElement,
      zoom: (factor, share) => this.time.zoom(factor, share),
      pan: (share) => this.time.pan(share),
    });
  }

  /** Chooses the next step that failed, or the one before; behind the last comes the first. */
  protected fail(step: 1 | -1): void {
    const [failures, activities] = [this.failures(), this.activities()];
    const at = failures.findIndex((index) => activities.at(index)?.key === this.selectedKey());
    const from = at < 0 && step < 0 ? 0 : at;
    const key = activities.at(failures.at((from + step) % failures.length) ?? -1)?.key;
    if (key === undefined) return;
    this.follow.set(false);
    this.activeKey.set(key);
    this.selected.emit(key);
  }

  /** All branches, or none if they all are. */
  protected collapse(): void {
    this.toggled.set(this.collapsed() ? new Set() : new Set(this.tree.branches()));
  }

  protected readonly emptyWords = computed(() => {
    if (narrows(this.filter())) return WORDS.filtered;
    return this.goesOn() ? WORDS.noneYet : WORDS.none;
  });

  /** What a branch that is collapsed has below it, on the axis. */
  protected insideOf(row: TimelineRow): readonly number[] {
    if (row.others > 0 || !row.expandable || row.expanded) return NOTHING;
    const { from, span } = this.time.axis();
    return density(this.spans(this.tree.leaves(row.key)), this.origin() + from, span, PARTS).counts;
  }

  /** Whether a step is there only because of what is below it. */
  protected isBeside(activity: Activity): boolean {
    return narrows(this.filter()) && !passes(activity, this.filter());
  }

  protected isFound(activity: Activity): boolean {
    return this.words() !== '' && mentions(activity, this.words());
  }

  private *spans(positions: readonly number[]): Iterable<Span> {
    const [activities, runEnd, now] = [this.activities(), this.run().endedAt, this.now()];
    for (const position of positions) {
      const activity = activities.at(position);
      if (!activity) continue;
      yield { begin: activity.begin, end: endOf(activity, runEnd, now), failed: activity.status === 'failed' };
    }
  }

  /** With what it stands in opened, and its time in view. */
  private show(key: string): void {
    if (!this.rows().some((row) => row.key === key)) this.toggled.update((keys) => this.tree.opened(keys, key));
    const row = this.rows().find((one) => one.key === key);
    if (!row) return;
    this.reveal(this.rows().indexOf(row));
    const activity = this.activityOf(row);
    const end = endOf(activity, this.run().endedAt, this.now());
    this.time.reveal(activity.begin - this.origin(), end - this.origin());
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
    return isLive(activity, this.run().endedAt) ? this.now() : 0;
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
      w: () => this.time.zoom(CLOSER),
      '+': () => this.time.zoom(CLOSER),
      '=': () => this.time.zoom(CLOSER),
      s: () => this.time.zoom(1 / CLOSER),
      '-': () => this.time.zoom(1 / CLOSER),
      a: () => this.time.pan(-ASIDE),
      d: () => this.time.pan(ASIDE),
      '0': () => this.time.look(null),
      e: () => this.fail(1),
      E: () => this.fail(-1),
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

const NOTHING: readonly number[] = [];

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
