import { Component, ElementRef, effect, inject, input, output } from '@angular/core';

import { Turn } from '../state/conversation';
import { Citation, hasEnded } from '../state/events';
import { AnswerComponent } from './answer.component';

/** Questions and what became of them. Stays at the newest words until the reader scrolls up. */
@Component({
  selector: 'app-conversation',
  imports: [AnswerComponent],
  templateUrl: './conversation.component.html',
  host: { class: 'conversation', tabindex: '0', role: 'log', 'aria-live': 'off', 'aria-label': 'Conversation', '(scroll)': 'onScroll()' },
})
export class ConversationComponent {
  readonly turns = input.required<readonly Turn[]>();
  readonly hasDocuments = input.required<boolean>();
  readonly shownRun = input<string | null>(null);
  readonly cited = output<Citation>();
  readonly runChosen = output<string>();

  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private atEnd = true;

  constructor() {
    const observer = new MutationObserver(() => this.stay());
    observer.observe(this.element, { childList: true, subtree: true, characterData: true });
    effect((onCleanup) => onCleanup(() => observer.disconnect()));
  }

  protected readonly ended = hasEnded;

  protected onScroll(): void {
    this.atEnd = this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < 40;
  }

  private stay(): void {
    if (this.atEnd) this.element.scrollTop = this.element.scrollHeight;
  }
}
