import {
  Component,
  ElementRef,
  computed,
  effect,
  inject,
  input,
  model,
  output,
  untracked,
  viewChild,
} from '@angular/core';

import { Calm } from '../../services/calm.service';
import { LoggedEvent } from '../../state/events';
import { FeedView } from '../../state/feed';
import { count, eventsOf } from '../../state/format';
import { NO_FILTER, StepFilter } from '../../state/step-filter';
import { Vector } from '../../state/vector';
import { FeedLineComponent } from './feed-line.component';
import { RowWindow } from './row-window';
import { StepToolsComponent } from './step-tools.component';

const HEIGHT = 27;
/** Lines that are shown on both sides of one that is looked at, where there is room. */
const AROUND = 3;
/** So near to the beginning, in pixels, earlier events are asked for. */
const NEAR = HEIGHT * 10;
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
  imports: [FeedLineComponent, StepToolsComponent],
  templateUrl: './feed.component.html',
  styleUrl: './feed.component.css',
})
export class FeedComponent {
  readonly log = input.required<Vector<LoggedEvent>>();
  readonly agents = input.required<readonly string[]>();
  readonly filter = model<StepFilter>(NO_FILTER);
  /** The oldest event that there is. */
  readonly first = input(1);
  /** How many events there are before those that are loaded. */
  readonly missing = input(0);
  readonly loading = input(false);
  readonly earlierAsked = output();
  /** The event that is looked at. */
  readonly sought = input<number | null>(null);
  /** A line was chosen that tells of a step; the step's key. */
  readonly selected = output<string>();

  protected readonly height = HEIGHT;
  protected readonly kinds = KINDS;
  protected readonly statuses = STATUSES;
  private readonly view = new FeedView();
  protected readonly lines = computed(() => this.view.show(this.log(), this.filter()));
  private readonly counts = inject(Calm).follow(
    computed(() => ({ shown: this.lines().length, loaded: this.log().length, missing: this.missing() })),
    ({ missing }) => `${JSON.stringify(this.filter())} ${missing}`,
  );
  protected readonly summary = computed(() => {
    const { shown, loaded, missing } = this.counts();
    if (shown === loaded) return eventsOf(loaded, loaded + missing);
    return missing > 0
      ? $localize`${count(shown)}:shown: of ${count(loaded)}:loaded: loaded events`
      : $localize`${count(shown)}:shown: of ${count(loaded)}:all: events`;
  });
  private readonly viewport = viewChild<ElementRef<HTMLElement>>('viewport');
  protected readonly window = new RowWindow(
    this.viewport,
    computed(() => this.lines().length),
    HEIGHT,
    () => this.onScroll(),
  );
  protected readonly words = computed(() => this.filter().search.trim());
  protected readonly shown = computed(() => this.lines().slice(this.window.start(), this.window.end()));
  private atEnd = true;
  private revealed: { readonly seq: number; readonly offset: number } | null = null;
  /** Where it was scrolled to when that was last looked at. */
  private offset = 0;

  constructor() {
    // One listener for all lines: hundreds of them come and go in a second.
    effect((onCleanup) => {
      const listening = new AbortController();
      this.viewport()?.nativeElement.addEventListener('click', (event) => this.choose(event), listening);
      onCleanup(() => listening.abort());
    });
    // What is in view stays there while earlier lines come before it.
    let first: number | undefined;
    effect(() => {
      const lines = this.lines();
      const known = first === undefined ? -1 : lines.indexOf(first);
      first = lines.slice(0, 1)[0]?.seq;
      if (known > 0 && !this.atEnd) untracked(() => this.window.shift(known));
    });
    effect(() => {
      this.lines();
      this.window.size();
      if (this.atEnd) untracked(() => this.toEnd());
    });
    effect(() => {
      const seq = this.sought();
      this.window.size();
      if (seq !== null && this.viewport()) untracked(() => this.show(seq));
    });
  }

  protected clear(): void {
    this.filter.set(NO_FILTER);
  }

  /** Once; again while its size was not known, until somebody scrolls. */
  private show(seq: number): void {
    const place = this.lines().indexOf(seq);
    if (place < 0 || (seq === this.revealed?.seq && this.window.offset() !== this.revealed.offset)) return;
    this.atEnd = false;
    this.window.reveal(Math.min(place + AROUND, this.lines().length - 1));
    this.window.reveal(Math.max(0, place - AROUND));
    this.window.reveal(place);
    this.offset = this.window.offset();
    this.revealed = { seq, offset: this.offset };
  }

  private choose(event: Event): void {
    const line = (event.target as HTMLElement).closest('button:enabled')?.closest<HTMLElement>('[data-seq]');
    const key = this.shown().find(({ seq }) => seq === Number(line?.dataset['seq']))?.stepKey;
    if (key !== undefined && key !== null) this.selected.emit(key);
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
    if (offset < NEAR && !this.atEnd && this.missing() > 0 && !this.loading()) this.earlierAsked.emit();
  }
}
