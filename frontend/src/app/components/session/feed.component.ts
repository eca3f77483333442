import { CdkVirtualScrollViewport, ScrollingModule } from '@angular/cdk/scrolling';
import { Component, computed, effect, input, output, signal, viewChild } from '@angular/core';

import { agentColour } from '../../state/agent-colour';
import { LoggedEvent } from '../../state/events';
import { FeedFilter, FeedLine, FeedView, NO_FILTER } from '../../state/feed';
import { clockTime, count } from '../../state/format';
import { Vector } from '../../state/vector';
import { MeasuredViewportDirective } from './measured-viewport.directive';

const HEIGHT = 27;
const KINDS = ['step', 'tool', 'model', 'handoff', 'approval', 'agent', 'message', 'run', 'error'];
const STATUSES = [
  'started',
  'in-progress',
  'completed',
  'failed',
  'cancelled',
  'waiting',
  'queued',
  'running',
  'working',
  'idle',
  'done',
];

/** Every event of the session as one line, with filters and search. Stays at the newest until it is scrolled away. */
@Component({
  selector: 'app-feed',
  imports: [MeasuredViewportDirective, ScrollingModule],
  templateUrl: './feed.component.html',
  styleUrl: './feed.component.css',
})
export class FeedComponent {
  readonly log = input.required<Vector<LoggedEvent>>();
  readonly agents = input.required<readonly string[]>();
  /** A line was chosen that tells of a step; the step's key. */
  readonly selected = output<string>();

  protected readonly height = HEIGHT;
  protected readonly kinds = KINDS;
  protected readonly statuses = STATUSES;
  protected readonly clockTime = clockTime;
  protected readonly filter = signal<FeedFilter>(NO_FILTER);
  private readonly view = new FeedView();
  protected readonly lines = computed(() => this.view.show(this.log(), this.filter()));
  protected readonly summary = computed(() => {
    const shown = this.lines().length;
    const all = this.log().length;
    return shown === all ? `${count(all)} events` : `${count(shown)} of ${count(all)} events`;
  });
  private readonly viewport = viewChild(CdkVirtualScrollViewport);
  private atEnd = true;

  constructor() {
    effect((onCleanup) => {
      const last = this.lines().length - 1;
      const viewport = this.viewport();
      if (!this.atEnd || !viewport || last < 0) return;
      // The virtual scroll makes room for new lines with its next rendering; only then can they be scrolled to.
      const frame = requestAnimationFrame(() => viewport.scrollToOffset(last * HEIGHT));
      onCleanup(() => cancelAnimationFrame(frame));
    });
  }

  protected set(part: Partial<FeedFilter>): void {
    this.filter.update((filter) => ({ ...filter, ...part }));
  }

  protected clear(): void {
    this.filter.set(NO_FILTER);
  }

  protected onScroll(): void {
    this.atEnd = (this.viewport()?.measureScrollOffset('bottom') ?? 0) < HEIGHT * 2;
  }

  protected colour(line: FeedLine): string {
    return line.agent ? `c-${agentColour(line.agent)}` : '';
  }

  protected readonly trackSeq = (_: number, line: FeedLine): number => line.seq;
}
