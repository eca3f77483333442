import { Component, ElementRef, afterNextRender, inject, input, output, signal, viewChild } from '@angular/core';

import { Comment } from '../../models/models';
import { Feedback } from '../../services/feedback.service';
import { moment } from '../../state/format';
import { IconComponent } from '../shared/icon.component';
import { Submission } from '../shared/submission';

const LIMIT = 2000;
const ABOUT = { answer: $localize`:verb|:Comment on this answer`, step: $localize`:verb|:Comment on this step` };

/** What was written about an answer or a step, and a field for more. Escape closes it. */
@Component({
  selector: 'app-comments',
  imports: [IconComponent],
  template: `
    @if (comments().length > 0) {
      <ul>
        @for (comment of comments(); track comment.id) {
          <li>
            <p class="by">
              <b>{{ comment.by }}</b>
              <time [attr.datetime]="comment.created_at">{{ at(comment) }}</time>
              @if (comment.changed_at) {
                <span i18n="a comment|">changed</span>
              }
              @if (comment.mine) {
                <span class="spring"></span>
                <button
                  type="button"
                  class="icon-button"
                  aria-label="Change your comment"
                  i18n-aria-label
                  title="Change"
                  i18n-title
                  (click)="change(comment)"
                >
                  <app-icon name="edit" />
                </button>
                <button
                  type="button"
                  class="icon-button"
                  aria-label="Delete your comment"
                  i18n-aria-label
                  title="Delete"
                  i18n-title
                  (click)="remove(comment)"
                >
                  <app-icon name="trash" />
                </button>
              }
            </p>
            <p class="text">{{ comment.text }}</p>
          </li>
        }
      </ul>
    }
    <form (submit)="$event.preventDefault(); send(field.value)" (keydown.escape)="leave($event)">
      <textarea
        #field
        class="field"
        rows="2"
        [attr.aria-label]="changed() ? yours : about[what()]"
        placeholder="What is good or wrong here?"
        i18n-placeholder
        [attr.maxlength]="limit"
        [value]="text()"
        (input)="text.set(field.value)"
        (keydown.control.enter)="send(field.value)"
        (keydown.meta.enter)="send(field.value)"
      ></textarea>
      <p class="form-error" role="alert">{{ submission.error() }}</p>
      <p class="foot">
        <button type="button" class="button" i18n (click)="changed() ? keep() : closed.emit()">Cancel</button>
        <button class="button primary" [disabled]="submission.busy() || text().trim() === ''">
          @if (changed()) {
            <ng-container i18n>Save</ng-container>
          } @else {
            <ng-container i18n="verb|">Comment</ng-container>
          }
        </button>
      </p>
    </form>
  `,
  styleUrl: './comments.component.css',
})
export class CommentsComponent {
  readonly what = input.required<'answer' | 'step'>();
  readonly runId = input.required<string>();
  readonly activityId = input.required<string | null>();
  readonly comments = input.required<readonly Comment[]>();
  readonly closed = output();

  private readonly feedback = inject(Feedback);
  private readonly field = viewChild.required<ElementRef<HTMLTextAreaElement>>('field');
  protected readonly limit = LIMIT;
  protected readonly yours = $localize`Your comment`;
  protected readonly about = ABOUT;
  protected readonly submission = new Submission();
  protected readonly text = signal('');
  /** The id of the comment that is changed. */
  protected readonly changed = signal<string | null>(null);

  constructor() {
    afterNextRender(() => this.field().nativeElement.focus());
  }

  protected at({ created_at }: Comment): string {
    return moment(Date.parse(created_at), Date.now());
  }

  protected change(comment: Comment): void {
    this.changed.set(comment.id);
    this.text.set(comment.text);
    this.field().nativeElement.focus();
  }

  protected keep(): void {
    this.changed.set(null);
    this.text.set('');
  }

  protected leave(event: Event): void {
    event.stopPropagation(); // the step stays open
    if (this.changed()) this.keep();
    else this.closed.emit();
  }

  protected async send(text: string): Promise<void> {
    const id = this.changed();
    if (text.trim() === '' || this.submission.busy()) return;
    await this.submission.send(async () => {
      if (id) await this.feedback.changeComment(this.runId(), id, text);
      else await this.feedback.comment(this.runId(), this.activityId(), text);
      this.keep();
    });
  }

  protected async remove(comment: Comment): Promise<void> {
    await this.submission.send(() => this.feedback.deleteComment(this.runId(), comment.id));
    if (this.changed() === comment.id) this.keep();
    this.field().nativeElement.focus();
  }
}
