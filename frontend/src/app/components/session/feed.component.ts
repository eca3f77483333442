import { Component, ElementRef, computed, effect, input, output, signal, untracked, viewChild } from '@angular/core';

import { LoggedEvent } from '../../state/events';
import { FeedFilter, FeedView, NO_FILTER } from '../../state/feed';
import { count } from '../../state/format';
import { Vector } from '../../state/vector';
import { FeedLineComponent } from './feed-line.component';
import { RowWindow } from './row-window';

const HEIGHT = 27;
const KINDS = [
  'step',
  'tool',
  'model',
  'handoff',
  'approval',
  'other',
  'agent',
  'message',
  'reasoning',
  'run',
  'error',
];
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
  imports: [FeedLineComponent],
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
  protected readonly filter = signal<FeedFilter>(NO_FILTER);
  private readonly view = new FeedView();
  protected readonly lines = computed(() => this.view.show(this.log(), this.filter()));
  protected readonly summary = computed(() => {
    const shown = this.lines().length;
    const all = this.log().length;
    return shown === all ? `${count(all)} events` : `${count(shown)} of ${count(all)} events`;
  });
  private readonly viewport = viewChild<ElementRef<HTMLElement>>('viewport');
  protected readonly window = new RowWindow(
    this.viewport,
    computed(() => this.lines().length),
    HEIGHT,
    () => this.onScroll(),
  );
  protected readonly shown = computed(() => this.lines().slice(this.window.start(), this.window.end()));
  private atEnd = true;
  /** Where it was scrolled to when that was last looked at. */
  private offset = 0;

  constructor() {
    effect(() => {
      this.lines();
      this.window.size();
      if (this.atEnd) untracked(() => this.toEnd());
    });
  }

  protected set(part: Partial<FeedFilter>): void {
    this.filter.update((filter) => ({ ...filter, ...part }));
  }

  protected clear(): void {
    this.filter.set(NO_FILTER);
  }

  private toEnd(): void {
    this.window.scrollToEnd();
    this.offset = this.window.offset();
  }

  /** Whoever scrolls up leaves the end; a size that was not known when it was scrolled to only looks like it. */
  private onScroll(): void {
    const offset = this.window.offset();
    if (this.window.isAtEnd()) this.atEnd = true;
    else if (offset < this.offset - 2) this.atEnd = false;
    this.offset = offset;
  }
}
