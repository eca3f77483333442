import { Component, computed, input } from '@angular/core';

import { marked } from '../../state/marked';

/** A text in which the words that are searched for are marked. */
@Component({
  selector: 'app-marked',
  template: `
    @for (piece of pieces(); track $index) {
      @if (piece.marked) {
        <mark>{{ piece.text }}</mark>
      } @else {
        <span>{{ piece.text }}</span>
      }
    }
  `,
})
export class MarkedComponent {
  readonly text = input.required<string>();
  readonly words = input.required<string>();
  protected readonly pieces = computed(() => marked(this.text(), this.words()));
}
