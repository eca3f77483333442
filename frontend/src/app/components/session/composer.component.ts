import {
  Component,
  ElementRef,
  Signal,
  afterRenderEffect,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';

import { Drafts } from '../../services/drafts.service';
import { Can, sendWords } from '../../state/steer-words';
import { EditedQuestion } from '../../state/conversation';
import { canDictate } from '../../live/speech';
import { isComposing } from '../shared/composition';
import { IconComponent } from '../shared/icon.component';
import { DictationComponent } from './dictation.component';

const LIMIT = 20_000;

/** Where the next question is written. Enter sends, Shift+Enter begins a new line. */
@Component({
  selector: 'app-composer',
  imports: [DictationComponent, IconComponent],
  template: `
    <form
      #form
      class="composer"
      (submit)="$event.preventDefault(); send()"
      (focusin)="focused.set(true)"
      (focusout)="focused.set(form.contains(active()))"
    >
      @if (editing(); as edited) {
        <p class="editing">
          <span class="clip" i18n>Editing: sends a new run instead of run {{ edited.number }}</span>
          <button
            type="button"
            class="icon-button"
            aria-label="Do not edit"
            i18n-aria-label
            title="Do not edit"
            i18n-title
            (click)="stopEditing()"
          >
            <app-icon name="close" />
          </button>
        </p>
      }
      <div class="composer-box">
        <textarea
          #field
          rows="1"
          placeholder="Ask, or drop documents here"
          i18n-placeholder
          aria-label="Your question"
          i18n-aria-label
          [value]="text()"
          [disabled]="disabled()"
          (input)="write(field.value)"
          (keydown.enter)="onEnter($event)"
          (keydown.control.enter)="onTell($event)"
          (keydown.meta.enter)="onTell($event)"
          (keydown.escape)="dictating || stopEditing()"
        ></textarea>
        <div class="composer-foot">
          <button
            type="button"
            class="icon-button"
            aria-label="Add documents"
            i18n-aria-label
            title="Add documents"
            i18n-title
            [disabled]="disabled()"
            (click)="file.click()"
          >
            <app-icon name="attach" />
          </button>
          @if (canDictate) {
            <app-dictation
              [disabled]="disabled()"
              (began)="before = text(); dictating = true"
              (heard)="dictated($event)"
              (finished)="dictating = false; field.focus()"
            />
          }
          <input
            #file
            type="file"
            multiple
            hidden
            aria-label="Documents"
            i18n-aria-label
            [accept]="accept()"
            (change)="choose(file)"
          />
          @if (tooLong()) {
            <span class="bad" role="alert" i18n>Too long by {{ text().length - limit }} characters</span>
          } @else if (unsent()) {
            <span class="clip" role="status" [title]="unsent()" i18n
              >Not sent yet: no answer from the server. Trying again…</span
            >
          } @else if (next()) {
            <span class="clip" role="status" i18n>Sent when the question before it has arrived</span>
          } @else if (uploading()) {
            <span class="clip" i18n>You can ask when the upload is done</span>
          } @else if (waitWords()) {
            <span class="clip" [title]="steerTitle()">{{ waitWords() }}</span>
          }
          <span class="spring"></span>
          @if (tells()) {
            <button
              type="button"
              class="button tell"
              title="{{ steerTitle() }} (Ctrl+Enter)"
              i18n-title
              [disabled]="!ready()"
              i18n
              (click)="tell()"
            >
              Tell the agents now
            </button>
          }
          <button class="button primary" [disabled]="!ready()">
            {{ sendWords() }}
          </button>
        </div>
      </div>
    </form>
  `,
  styleUrl: './composer.component.css',
})
export class ComposerComponent {
  /** The session that the question is for; '' for one that is yet to be made. */
  readonly sessionId = input('');
  /** Whether a question is on its way; a signal, for a second Enter may come before the next rendering. */
  readonly busy = input.required<Signal<boolean>>();
  readonly running = input.required<boolean>();
  /** Why the question that was sent has not arrived yet; '' when there is none. */
  readonly unsent = input('');
  /** A question asked now would be answered without the documents that are still on their way. */
  readonly uploading = input(false);
  readonly disabled = input(false);
  /** Nobody would answer now; what to ask can be written all the same. */
  readonly held = input(false);
  readonly types = input<readonly string[]>([]);
  /** Whether agents that work now read what is written here; null while none do. */
  readonly steer = input<Can | null>(null);
  /** What telling them does. */
  readonly steerTitle = input('');
  readonly sent = output<string>();
  /** For the agents at work. */
  readonly told = output<string>();
  readonly added = output<readonly File[]>();

  protected readonly limit = LIMIT;
  protected readonly canDictate = canDictate();
  /** What stood in the field before somebody began to speak. */
  protected before = '';
  protected dictating = false;
  private readonly drafts = inject(Drafts);
  /** The question that was sent last. */
  private onItsWay = '';
  /** The session of the question that is on its way: another one may be open when it has arrived. */
  private sentTo = '';
  /** The run whose question is edited. */
  readonly editing = linkedSignal<string, EditedQuestion | null>({ source: this.sessionId, computation: () => null });
  protected readonly text = linkedSignal(() => this.editing()?.question ?? this.drafts.of(this.sessionId()));
  /** Whether the question in the field was sent while the one before it was still on its way. */
  protected readonly next = linkedSignal({ source: this.text, computation: () => false });
  protected readonly focused = signal(false);
  /** Whether somebody writes here, or has something half written. */
  readonly inUse = computed(() => this.focused() || this.text() !== '');
  protected readonly accept = computed(() => this.types().join(','));
  protected readonly tooLong = computed(() => this.text().length > LIMIT);
  protected readonly ready = computed(
    () =>
      this.text().trim() !== '' &&
      !this.tooLong() &&
      !this.busy()() &&
      !this.uploading() &&
      !this.disabled() &&
      !this.held(),
  );
  /** Whether what is written can be told to agents at work. */
  protected readonly tells = computed(() => this.steer() !== null && this.steer() !== 'no' && this.editing() === null);
  protected readonly sendWords = computed(() => sendWords(this.busy()(), this.tells()));
  protected readonly waitWords = computed(() => {
    if (this.tells()) return '';
    if (this.steer() === 'no' && this.editing() === null) return $localize`They read it when this run is done`;
    return this.running() ? $localize`Answered after the current run` : '';
  });
  private readonly field = viewChild.required<ElementRef<HTMLTextAreaElement>>('field');
  private readonly dictation = viewChild(DictationComponent);

  constructor() {
    effect(() => {
      this.sessionId();
      untracked(() => this.stopListening());
    });
    effect(() => {
      if (this.next() && this.ready()) untracked(() => this.send());
    });
    // Browsers without `field-sizing` need to be told how high the field is.
    afterRenderEffect(() => {
      const field = this.field().nativeElement;
      const empty = this.text() === '';
      if (CSS.supports('field-sizing', 'content')) return;
      field.style.height = 'auto';
      if (!empty) field.style.height = `${field.scrollHeight}px`;
    });
  }

  protected write(text: string): void {
    this.text.set(text);
    if (!this.editing()) this.drafts.keep(this.sessionId(), text);
  }

  /** What was said so far, behind what stood there; null: it was cancelled. Never sends. */
  protected dictated(said: string | null): void {
    const gap = this.before === '' || /\s$/.test(this.before) ? '' : ' ';
    this.write(said ? this.before + gap + said : this.before);
  }

  /** All that is said counts from its beginning: what goes on would bring what was sent once more, or to another session. */
  private stopListening(): void {
    this.dictation()?.end();
    this.dictating = false;
  }

  /** Empties the field of a question that was sent, unless the next one is being written already. */
  clear(sent: string): void {
    this.onItsWay = '';
    this.drafts.settle(this.sentTo, sent);
    if (this.text().trim() !== sent.trim()) return;
    if (this.editing()) this.editing.set(null);
    else this.write('');
    this.before = this.text();
    this.field().nativeElement.focus();
  }

  /** The question of a run comes into the field; what is written there comes back afterwards. */
  edit(edited: EditedQuestion): void {
    this.stopListening();
    this.editing.set(edited);
    this.field().nativeElement.focus();
  }

  protected stopEditing(): void {
    this.stopListening();
    this.editing.set(null);
    this.field().nativeElement.focus();
  }

  /** A question that was withdrawn comes back, behind what is written already. */
  takeBack(question: string): void {
    this.stopListening();
    this.write(this.text().trim() === '' ? question : `${this.text().trimEnd()}\n\n${question}`);
    this.field().nativeElement.focus();
  }

  focus(): void {
    this.field().nativeElement.focus();
  }

  /** What has the focus; a window that loses it leaves it to the field. */
  protected active(): Element | null {
    return document.activeElement;
  }

  protected onEnter(event: Event): void {
    if ((event as KeyboardEvent).shiftKey || isComposing(event)) return;
    event.preventDefault();
    this.send();
  }

  /** Where the agents at work read nothing, it is asked next, as the field says. */
  protected onTell(event: Event): void {
    if (isComposing(event)) return;
    event.preventDefault();
    if (this.tells()) this.tell();
    else this.send();
  }

  protected tell(): void {
    if (!this.ready()) return;
    this.stopListening();
    this.onItsWay = this.text().trim();
    this.sentTo = this.sessionId();
    this.told.emit(this.onItsWay);
  }

  protected send(): void {
    const question = this.text().trim();
    // A second Enter on the same question asks it once; another question waits for its turn to be sent.
    if (this.busy()()) this.next.set(question !== '' && !this.tooLong() && question !== this.onItsWay);
    if (this.next() || this.ready()) this.stopListening();
    if (!this.ready()) return;
    this.next.set(false);
    this.onItsWay = question;
    this.sentTo = this.sessionId();
    this.sent.emit(question);
  }

  protected choose(file: HTMLInputElement): void {
    if (file.files?.length) this.added.emit([...file.files]);
    // The same file may be chosen again after its error is mended.
    file.value = '';
  }
}
