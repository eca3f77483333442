import { Component, computed, inject, input, output } from '@angular/core';

import { AgentColours } from '../../services/agent-colours.service';
import { Axis } from '../../state/axis';
import { densityPath } from '../../state/density';
import { duration } from '../../state/format';
import { isRefused } from '../../state/refusal';
import { Activity } from '../../state/session-state';
import { TimelineRow, endOf, isLive } from '../../state/timeline';
import { kindWord, statusWord } from './event-words';

/** What it says; on a phone, where the name needs the room, its mark alone. */
const STATUS_TAG: Readonly<
  Partial<Record<Activity['status'] | 'refused', { text: string; tone: string; mark: string }>>
> = {
  failed: { text: statusWord('failed'), tone: 'bad', mark: '!' },
  refused: { text: $localize`:status of a step|:refused`, tone: 'bad', mark: '!' },
  cancelled: { text: $localize`:status of a step|:stopped`, tone: '', mark: '×' },
  waiting: { text: statusWord('waiting'), tone: 'warn', mark: '…' },
};

const TWIST = { expand: $localize`:steps|:Expand`, collapse: $localize`:steps|:Collapse` };

/** A level is indented by so much of what the one above it is. Together they come near to a limit and never reach it. */
const NARROWER = 0.75;
/** From this depth on a level is too narrow to be seen, and is said as a number. */
const UNCOUNTED = 6;

/** One step: its name at its depth, and its bar at its time. */
@Component({
  selector: 'app-timeline-row',
  template: `
    <div class="name" role="rowheader" [class.leaf]="row().depth > 0 && !row().expandable" [style.--indent]="indent()">
      @if (row().depth >= uncounted) {
        <span class="level" aria-hidden="true">{{ row().depth + 1 }}</span>
      }
      @if (row().expandable) {
        <button
          type="button"
          class="twist"
          tabindex="-1"
          [class.open]="row().expanded"
          [attr.aria-label]="row().expanded ? twist.collapse : twist.expand"
          (click)="toggled.emit(); $event.stopPropagation()"
        >
          <svg viewBox="0 0 9 9" aria-hidden="true"><path d="M3 1.5l3 3-3 3" /></svg>
        </button>
      }
      @if (others(); as others) {
        <span class="others clip">{{ others }}</span>
      } @else {
        <span class="dot" aria-hidden="true"></span>
        @if (activity().kind !== 'step') {
          <i class="kind" [class]="activity().kind" aria-hidden="true"></i>
        }
        <span class="action clip" [class.found]="found()" [title]="activity().action">{{ activity().action }}</span>
        @if (namesAgent()) {
          <span class="agent clip">{{ activity().agent }}</span>
        }
        @if (tag(); as tag) {
          <b class="tag" [class]="tag.tone" [attr.data-mark]="tag.mark" [title]="tag.text">{{ tag.text }}</b>
        }
      }
    </div>
    <div class="track" role="gridcell" [attr.aria-label]="spoken()">
      @if (others()) {
        <!-- It has no time of its own. -->
      } @else if (outside() !== 0) {
        <span class="took" [style.left.%]="outside() > 0 ? 100 : 0">{{ outside() > 0 ? '›' : '‹' }}</span>
      } @else {
        @if (inside().length > 0) {
          <svg
            class="inside"
            [attr.viewBox]="'0 0 ' + inside().length + ' 11'"
            preserveAspectRatio="none"
            aria-hidden="true"
          >
            <path [attr.d]="insidePath()" />
          </svg>
        } @else {
          <div class="bar" [class]="look()" [style.left.%]="left()" [style.width.%]="width()"></div>
        }
        <span class="took" [style.left.%]="left() + width()">{{ took() }}</span>
      }
    </div>
  `,
  styleUrl: './timeline-row.component.css',
  host: { '[class]': 'colour()', '[attr.aria-label]': 'name()' },
})
export class TimelineRowComponent {
  private readonly colours = inject(AgentColours);
  readonly row = input.required<TimelineRow>();
  readonly activity = input.required<Activity>();
  readonly namesAgent = input(true);
  /** Whether it has the words that are searched for. */
  readonly found = input(false);
  /** How much goes on below it, in equal parts of the axis, while that is not shown. */
  readonly inside = input<readonly number[]>([]);
  /** When its run ended; null while it goes on. */
  readonly runEnd = input.required<number | null>();
  readonly axis = input.required<Axis>();
  /** Where the axis begins, and the present, by the server's clock. */
  readonly origin = input.required<number>();
  readonly now = input.required<number>();
  readonly toggled = output();

  protected readonly uncounted = UNCOUNTED;
  protected readonly twist = TWIST;
  /** How much of the room for indentation is taken. */
  protected readonly indent = computed(() => 1 - NARROWER ** this.row().depth);
  protected readonly colour = computed(() => this.colours.look(this.activity().agent));
  private readonly otherCalls = computed(() => this.row().others);
  /** What a line says that stands for calls of HTTP, databases and the like; '' for a step. */
  protected readonly others = computed(() => (this.otherCalls() > 0 ? otherCalls(this.otherCalls()) : ''));
  protected readonly tag = computed(() => STATUS_TAG[this.outcome()]);
  private readonly live = computed(() => isLive(this.activity(), this.runEnd()));
  private readonly end = computed(() => endOf(this.activity(), this.runEnd(), this.now()));
  /** What an ended run left open was stopped with it. */
  private readonly status = computed(() => {
    const { end, status } = this.activity();
    return end === null && !this.live() ? 'cancelled' : status;
  });
  private readonly outcome = computed(() => (isRefused(this.activity()) ? 'refused' : this.status()));
  protected readonly took = computed(() => duration(this.end() - this.activity().begin));
  private readonly edge = computed(() => this.origin() + this.axis().from);
  /** -1: before what is in view; 1: behind it. */
  protected readonly outside = computed(() => {
    if (this.end() < this.edge()) return -1;
    return this.activity().begin > this.edge() + this.axis().span ? 1 : 0;
  });
  protected readonly left = computed(() => percent(this.activity().begin - this.edge(), this.axis().span));
  protected readonly width = computed(() => percent(this.end() - this.edge(), this.axis().span) - this.left());
  protected readonly insidePath = computed(() => densityPath(this.inside(), 11));
  protected readonly look = computed(
    () => `${this.status()}${this.row().expandable ? ' parent' : ''}${this.live() ? ' live' : ''}`,
  );
  protected readonly spoken = computed(() => this.others() || `${this.described()}, ${this.took()}`);
  /** What counts on is not part of the name: each change of it is read aloud. */
  protected readonly name = computed(
    () => this.others() || `${this.activity().action}: ${this.live() ? this.described() : this.spoken()}`,
  );
  private readonly described = computed(() => {
    const { agent, kind } = this.activity();
    return `${agent}, ${kindWord(kind)}, ${statusWord(this.live() ? 'running' : this.outcome())}`;
  });
}

function otherCalls(count: number): string {
  return $localize`${count}:count: other calls`;
}

function percent(part: number, whole: number): number {
  return Math.min(100, Math.max(0, (part / whole) * 100));
}
