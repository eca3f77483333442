import {
  Component,
  DestroyRef,
  ElementRef,
  ViewEncapsulation,
  afterNextRender,
  afterRenderEffect,
  computed,
  inject,
  input,
  output,
  signal,
  viewChild,
} from '@angular/core';

import { AgentColours } from '../../services/agent-colours.service';
import { MarkdownLibrary } from '../../services/markdown-library.service';
import { Citation } from '../../state/events';
import { Answer } from '../../state/session-state';

type Library = NonNullable<ReturnType<MarkdownLibrary['loaded']>>;
type MarkdownText = InstanceType<Library['MarkdownText']>;

/** A text for the user as it is written: Markdown, with its citations as small numbers that open their passage. */
@Component({
  selector: 'app-answer',
  template: `
    <div class="who" [class]="colour()">
      <span class="dot" aria-hidden="true"></span>{{ answer().agent }}
      @if (answer().revises) {
        <span class="tag" i18n="an answer|">revised</span>
      }
    </div>
    <div #text class="answer" [class.writing]="!answer().final && writing()"></div>
    @if (drawn() === answer() && answer().citations.length > 0) {
      <div class="sources" role="group" aria-label="Sources" i18n-aria-label>
        @for (citation of answer().citations; track citation.number) {
          <button type="button" class="source" (click)="cited.emit(citation)">
            <b>{{ citation.number }}</b><span class="clip">{{ citation.document_name }}, {{ citation.reference }}</span>
            <q>{{ citation.quote }}</q>
          </button>
        }
      </div>
    }
  `,
  styleUrl: './answer.component.css',
  encapsulation: ViewEncapsulation.None,
  host: { '(click)': 'onClick($event)' },
})
export class AnswerComponent {
  private readonly colours = inject(AgentColours);
  readonly answer = input.required<Answer>();
  /** Whether its run goes on, so that more text may come. */
  readonly writing = input.required<boolean>();
  readonly cited = output<Citation>();

  private readonly library = inject(MarkdownLibrary);

  protected readonly colour = computed(() => this.colours.look(this.answer().agent));
  /** What the text shows by now: what stands below it comes after it, and is not pushed down by it. */
  protected readonly drawn = signal<Answer | null>(null);
  private readonly text = viewChild.required<ElementRef<HTMLElement>>('text');
  /** Pixels of the text as it was last laid out. Asking the element itself would lay the whole page out once more. */
  private height = 0;
  private markdown: MarkdownText | null = null;

  constructor() {
    const observer = new ResizeObserver(([text]) => (this.height = text?.borderBoxSize[0]?.blockSize ?? 0));
    afterNextRender(() => observer.observe(this.text().nativeElement));
    inject(DestroyRef).onDestroy(() => observer.disconnect());
    // In the same rendering as everything else that the text came with, so that nothing is moved by it afterwards.
    afterRenderEffect(() => {
      const answer = this.answer();
      const library = this.library.loaded();
      const writing = this.writing();
      if (library) this.draw(library, answer, writing);
      else void this.library.load();
    });
  }

  protected onClick(event: Event): void {
    const number = (event.target as HTMLElement).closest<HTMLElement>('.cite')?.dataset['number'];
    const citation = this.answer().citations.find((known) => known.number === Number(number));
    if (citation) this.cited.emit(citation);
  }

  private draw({ MarkdownText }: Library, answer: Answer, writing: boolean): void {
    const element = this.text().nativeElement;
    // A revision begins with its first word again; what is below must not jump up and be pushed down once more.
    element.style.minHeight = writing && !answer.final ? `${this.height}px` : '';
    const numbers = answer.final ? new Set(answer.citations.map(({ number }) => number)) : null;
    element.querySelector('.caret')?.removeAttribute('class');
    this.markdown ??= new MarkdownText(element);
    this.markdown.show(answer.text, numbers);
    if (writing && !answer.final) lastBlock(element)?.setAttribute('class', 'caret');
    this.drawn.set(answer);
  }
}

/** Where the next word will stand: the innermost of the blocks at the end. */
function lastBlock(element: Element): Element | null {
  const last = element.lastElementChild;
  if (!last?.matches('p, ul, ol, li, blockquote, h1, h2, h3, h4, h5, h6')) return null;
  return lastBlock(last) ?? last;
}
