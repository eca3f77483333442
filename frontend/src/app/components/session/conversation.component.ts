import {
  Component,
  DestroyRef,
  ElementRef,
  afterNextRender,
  afterRenderEffect,
  computed,
  inject,
  input,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { RouterLink } from '@angular/router';

import { EditedQuestion, Turn, mayTryAgain, originWords } from '../../state/conversation';
import { Citation, hasEnded } from '../../state/events';
import { count } from '../../state/format';
import { Run } from '../../state/session-state';
import { IconComponent } from '../shared/icon.component';
import { AnswerComponent } from './answer.component';
import { OpinionsComponent } from './opinions.component';
import { ReasoningComponent } from './reasoning.component';
import { ToldComponent } from './told.component';

const MARGIN = 16;
/** So near to the beginning, earlier questions are asked for. */
const NEAR = 120;
/** What a run is said to do that says nothing of it itself. */
const WORDS = {
  queued: $localize`Waiting for a free agent`,
  running: $localize`:what a run does, before a …|:Working`,
  waiting: $localize`Waiting for an answer.`,
  cancelled: $localize`:a run|:Stopped before it was finished.`,
  failed: $localize`No reason was given.`,
};

/**
 * Questions and what became of them. The newest question stays in view with as much of its answer as fits below,
 * until the reader scrolls elsewhere.
 */
@Component({
  selector: 'app-conversation',
  imports: [AnswerComponent, IconComponent, OpinionsComponent, ReasoningComponent, RouterLink, ToldComponent],
  templateUrl: './conversation.component.html',
  styleUrl: './conversation.component.css',
  host: {
    tabindex: '0',
    role: 'log',
    'aria-live': 'off',
    '[attr.aria-label]': 'label',
  },
})
export class ConversationComponent {
  readonly turns = input.required<readonly Turn[]>();
  /** All of the session, as they are now. */
  readonly runs = input<readonly Run[]>([]);
  readonly hasDocuments = input.required<boolean>();
  /** Whether the past is still on its way, so that no turns does not mean that nothing was asked. */
  readonly loading = input(false);
  /** Whether the documents are of use to who answers. */
  readonly readsDocuments = input(true);
  /** Whether agents outside Ringside fill the session. */
  readonly elsewhere = input(false);
  /** Whether it may only be watched. */
  readonly readOnly = input(false);
  /** Whether whoever reads may say what they think of an answer. */
  readonly judged = input(false);
  /** How many runs there are before those that are loaded. */
  readonly earlier = input(0);
  readonly loadingEarlier = input(false);
  readonly earlierAsked = output();
  /** Of the session that is shown; '' for one that is yet to be made. */
  readonly sessionId = input('');
  readonly shownRun = input<string | null>(null);
  /** The run whose question is to be in view instead of the newest, until the reader scrolls elsewhere. */
  readonly goTo = input<string | null>(null);
  readonly cited = output<Citation>();
  readonly runChosen = output<string>();
  /** The question of a run that came to nothing is to be asked once more. */
  readonly triedAgain = output<Run>();
  /** The question of a run is to be edited, and asked instead. */
  readonly edited = output<EditedQuestion>();

  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private follows = true;
  private offset = 0;
  /** The first turn that is shown, and where it was when it became that. */
  private first: { readonly run: string; readonly top: number } | null = null;

  private readonly content = viewChild.required<ElementRef<HTMLElement>>('content');

  constructor() {
    // Told of sizes when the page is laid out: asking for them at each change would lay it out once more.
    const observer = new ResizeObserver(() => this.stay());
    afterNextRender(() => {
      // No listener of the component: that has everything rendered once more, and a text that grows is scrolled often.
      this.element.addEventListener('scroll', () => this.onScroll());
      observer.observe(this.element);
      observer.observe(this.content().nativeElement);
    });
    const firstRun = computed(() => this.turns()[0]?.run.id);
    afterRenderEffect({
      mixedReadWrite: () => {
        firstRun();
        untracked(() => this.keepPlace());
      },
    });
    afterRenderEffect(() => {
      if (this.goTo() === null) return;
      this.follows = true;
      this.stay();
    });
    inject(DestroyRef).onDestroy(() => observer.disconnect());
  }

  protected readonly earlierWords = computed(() =>
    this.earlier() === 1
      ? $localize`Load the earlier run`
      : $localize`Load earlier runs (${count(this.earlier())}:count:)`,
  );
  protected readonly label = $localize`Conversation`;
  protected readonly words = WORDS;
  protected readonly ended = hasEnded;
  protected readonly originWords = originWords;

  /** Runs that were replaced of which is shown what became of them. */
  protected readonly unfolded = signal<ReadonlySet<string>>(new Set());

  protected mayTryAgain({ run }: Turn): boolean {
    return !this.readOnly() && mayTryAgain(run, this.runs());
  }

  protected mayEdit({ run, replaced }: Turn, last: boolean): boolean {
    return last && !this.readOnly() && !replaced && run.ours && hasEnded(run.status);
  }

  protected edit({ id, number, question }: Run): void {
    this.edited.emit({ runId: id, number, question: question ?? '' });
  }

  protected unfold(id: string): void {
    this.unfolded.update((ids) => (ids.has(id) ? new Set([...ids].filter((one) => one !== id)) : new Set(ids).add(id)));
  }

  private onScroll(): void {
    const { scrollTop } = this.element;
    if (Math.abs(scrollTop - this.offset) > 2) this.follows = Math.abs(scrollTop - this.target()) < 40;
    this.offset = scrollTop;
    if (scrollTop < NEAR && !this.follows && this.earlier() > 0 && !this.loadingEarlier()) this.earlierAsked.emit();
  }

  /** What was in view stays there while earlier questions come before it. */
  private keepPlace(): void {
    const first = this.turns()[0]?.run.id;
    if (first === undefined || first === this.first?.run) return;
    const [known, before] = [this.first && this.turnOf(this.first.run), this.first?.top];
    if (known && before !== undefined && !this.follows) {
      this.element.scrollTop += known.offsetTop - before;
      this.offset = this.element.scrollTop;
    }
    this.first = { run: first, top: this.turnOf(first)?.offsetTop ?? 0 };
  }

  private stay(): void {
    if (!this.follows) return;
    this.offset = this.target();
    this.element.scrollTop = this.offset;
  }

  /** Where the newest question is at the top, or, while its answer is short, the end is at the bottom. */
  private target(): number {
    const end = this.element.scrollHeight - this.element.clientHeight;
    const newest = this.wanted() ?? this.element.querySelector<HTMLElement>('.turn:last-of-type');
    return Math.max(0, newest ? Math.min(end, newest.offsetTop - MARGIN) : end);
  }

  private wanted(): HTMLElement | undefined {
    return this.turnOf(this.goTo());
  }

  private turnOf(run: string | null): HTMLElement | undefined {
    return [...this.element.querySelectorAll<HTMLElement>('.turn')].find(({ dataset }) => dataset['run'] === run);
  }
}
