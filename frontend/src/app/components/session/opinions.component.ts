import { Component, ElementRef, computed, inject, input, linkedSignal, signal, viewChild } from '@angular/core';

import { Verdict } from '../../services/feedback-api';
import { Feedback } from '../../services/feedback.service';
import { Notices } from '../../services/notices.service';
import { IconComponent } from '../shared/icon.component';
import { CommentsComponent } from './comments.component';

const WORDS = {
  answer: {
    group: $localize`Feedback on this answer`,
    up: $localize`Good answer`,
    down: $localize`Bad answer`,
    comment: $localize`:verb|:Comment on this answer`,
    comments: (count: number) => $localize`Comments on this answer, ${count}:count:`,
  },
  step: {
    group: $localize`Feedback on this step`,
    up: $localize`Good step`,
    down: $localize`Bad step`,
    comment: $localize`:verb|:Comment on this step`,
    comments: (count: number) => $localize`Comments on this step, ${count}:count:`,
  },
} as const;

/** What people think of an answer or a step: thumbs, and comments below them. */
@Component({
  selector: 'app-opinions',
  imports: [CommentsComponent, IconComponent],
  template: `
    <div class="thumbs" role="group" [attr.aria-label]="words().group">
      @for (thumb of thumbs(); track thumb.verdict) {
        <button
          type="button"
          class="icon-button thumb"
          [class]="thumb.verdict"
          [attr.aria-pressed]="thumb.verdict === mine()"
          [attr.aria-label]="thumb.label"
          [title]="thumb.title"
          [disabled]="busy()"
          (click)="judge(thumb.verdict)"
        >
          <app-icon [name]="thumb.verdict === 'up' ? 'good' : 'bad'" />
          @if (thumb.count > 0) {
            <span class="count" aria-hidden="true">{{ thumb.count }}</span>
          }
        </button>
      }
      <button
        #opener
        type="button"
        class="icon-button thumb"
        [attr.aria-expanded]="open()"
        [attr.aria-label]="commentLabel()"
        title="Comments"
        i18n-title
        (click)="open.set(!open())"
      >
        <app-icon name="comment" />
        @if (comments().length > 0) {
          <span class="count" aria-hidden="true">{{ comments().length }}</span>
        }
      </button>
    </div>
    @if (open()) {
      @defer (on immediate) {
        <app-comments
          [runId]="runId()"
          [activityId]="activityId()"
          [comments]="comments()"
          [what]="what()"
          (closed)="close()"
        />
      }
    }
  `,
  styleUrl: './opinions.component.css',
  host: { '[class.quiet]': 'quiet()' },
})
export class OpinionsComponent {
  readonly what = input.required<'answer' | 'step'>();
  readonly runId = input.required<string>();
  /** The step; null: it is about the run's answer. */
  readonly activityId = input<string | null>(null);

  private readonly feedback = inject(Feedback);
  private readonly notices = inject(Notices);
  private readonly subject = computed(() => `${this.runId()} ${this.activityId()}`);
  private readonly found = computed(() => this.feedback.of(this.runId(), this.activityId()));
  private readonly opener = viewChild.required<ElementRef<HTMLButtonElement>>('opener');

  protected readonly words = computed(() => WORDS[this.what()]);
  protected readonly busy = signal(false);
  protected readonly open = linkedSignal({ source: this.subject, computation: () => false });
  protected readonly comments = computed(() => this.found()?.comments ?? []);
  protected readonly mine = computed(() => this.found()?.judgements.find(({ mine }) => mine)?.verdict ?? null);
  protected readonly thumbs = computed(() =>
    (['up', 'down'] as const).map((verdict) => {
      const names = (this.found()?.judgements ?? []).filter((one) => one.verdict === verdict).map(({ by }) => by);
      const words = this.words()[verdict];
      return { verdict, count: names.length, label: labelOf(words, names.length), title: titleOf(words, names) };
    }),
  );
  protected readonly commentLabel = computed(() => {
    const count = this.comments().length;
    return count === 0 ? this.words().comment : this.words().comments(count);
  });
  /** Nobody has said anything, and nobody is about to. */
  protected readonly quiet = computed(() => this.found() === null && !this.open());

  /** The same once more takes it back. */
  protected async judge(verdict: Verdict): Promise<void> {
    this.busy.set(true);
    try {
      const given = this.mine() === verdict ? null : verdict;
      await this.feedback.judge(this.runId(), this.activityId(), given);
    } catch (error: unknown) {
      this.notices.add(error);
    } finally {
      this.busy.set(false);
    }
  }

  protected close(): void {
    this.open.set(false);
    this.opener().nativeElement.focus();
  }
}

function labelOf(opinion: string, people: number): string {
  if (people === 0) return opinion;
  return people === 1
    ? $localize`${opinion}:opinion:, 1 person`
    : $localize`${opinion}:opinion:, ${people}:count: people`;
}

function titleOf(opinion: string, names: readonly string[]): string {
  return names.length === 0 ? opinion : $localize`${opinion}:opinion:: ${names.join(', ')}:people:`;
}
