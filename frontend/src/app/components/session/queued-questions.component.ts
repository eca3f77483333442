import { Component, ElementRef, computed, inject, input, linkedSignal, output, signal } from '@angular/core';

import { hasEnded } from '../../state/events';
import { Run } from '../../state/session-state';
import { IconComponent } from '../shared/icon.component';

/**
 * The questions that wait for the one before them, to be withdrawn and put in another order: by dragging, or by the
 * arrow keys. A row that is withdrawn keeps its place until that has ended.
 */
@Component({
  selector: 'app-queued-questions',
  imports: [IconComponent],
  template: `
    <section class="queue" aria-label="Queued questions" i18n-aria-label>
      <h2 i18n="heading of questions that wait|">Queued</h2>
      <ol class="plain" tabindex="0" aria-label="Queued questions" i18n-aria-label>
        @for (run of shown(); track run.id; let place = $index) {
          <li [class.withdrawn]="ended(run.status)" [class.dragged]="dragged() === run.id">
            @if (movable()) {
              <button
                type="button"
                class="handle"
                title="Drag, or press the arrow keys, to answer it sooner or later"
                i18n-title
                [attr.aria-label]="moveLabel(run, place + 1)"
                [disabled]="ended(run.status)"
                (keydown.arrowup)="shift(run.id, -1, $event)"
                (keydown.arrowdown)="shift(run.id, 1, $event)"
                (pointerdown)="begin(run.id, $event)"
                (pointermove)="drag($event)"
                (pointerup)="drop()"
                (pointercancel)="cancel()"
              >
                <app-icon name="grip" />
              </button>
            }
            <span class="clip" [title]="run.question ?? ''">{{ run.question }}</span>
            @if (ended(run.status)) {
              <span class="end" i18n="a question|">Withdrawn</span>
            } @else if (!readOnly()) {
              @if (run.pausedAt !== null) {
                <span class="end paused" i18n>Paused</span>
              }
              <button
                type="button"
                class="link end"
                title="Takes the question back into the field below"
                i18n-title
                [disabled]="stopping().has(run.id)"
                [attr.aria-label]="withdrawLabel(run)"
                i18n
                (click)="withdrawn.emit(run)"
              >
                Withdraw
              </button>
            }
          </li>
        }
      </ol>
      <p class="sr" role="status">{{ moved() }}</p>
    </section>
  `,
  styleUrl: './queued-questions.component.css',
})
export class QueuedQuestionsComponent {
  readonly runs = input.required<readonly Run[]>();
  /** The ids of the runs that were asked to stop. */
  readonly stopping = input.required<ReadonlySet<string>>();
  /** Whether they may only be watched. */
  readonly readOnly = input(false);
  /** A question is no longer to be answered. */
  readonly withdrawn = output<Run>();
  /** The ids of the runs in the order that is wanted. */
  readonly reordered = output<readonly string[]>();

  protected readonly ended = hasEnded;
  /** As they are told, until somebody moves one; then as that is wanted, until it is told. */
  protected readonly shown = linkedSignal(() => this.runs());
  protected readonly movable = computed(
    () => !this.readOnly() && this.runs().filter(({ status }) => !hasEnded(status)).length > 1,
  );
  protected readonly dragged = signal<string | null>(null);
  protected readonly moved = signal('');
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;

  protected moveLabel({ question }: Run, place: number): string {
    return $localize`Move “${question}:question:”, ${place}:place: of ${this.shown().length}:count:`;
  }

  protected withdrawLabel({ question }: Run): string {
    return $localize`Withdraw “${question}:question:”`;
  }

  protected shift(id: string, by: number, event: Event): void {
    event.preventDefault();
    if (this.put(id, this.placeOf(id) + by)) this.tell(id);
  }

  protected begin(id: string, event: PointerEvent): void {
    if (event.button !== 0) return;
    (event.target as HTMLElement).setPointerCapture(event.pointerId);
    this.dragged.set(id);
  }

  protected drag(event: PointerEvent): void {
    const id = this.dragged();
    if (id === null) return;
    const rows = [...this.element.querySelectorAll('li')];
    const over = rows.findIndex((row) => event.clientY < row.getBoundingClientRect().bottom);
    this.put(id, over < 0 ? rows.length - 1 : over);
  }

  protected drop(): void {
    const id = this.dragged();
    this.dragged.set(null);
    if (id !== null && this.shown() !== this.runs()) this.tell(id);
  }

  protected cancel(): void {
    this.dragged.set(null);
    this.shown.set(this.runs());
  }

  private placeOf(id: string): number {
    return this.shown().findIndex((run) => run.id === id);
  }

  private put(id: string, place: number): boolean {
    const [from, shown] = [this.placeOf(id), this.shown()];
    const run = shown[from];
    if (run === undefined || place === from || place < 0 || place >= shown.length) return false;
    this.shown.set(shown.toSpliced(from, 1).toSpliced(place, 0, run));
    return true;
  }

  private tell(id: string): void {
    this.moved.set($localize`Moved to ${this.placeOf(id) + 1}:place: of ${this.shown().length}:count:`);
    this.reordered.emit(this.shown().map((run) => run.id));
  }
}
