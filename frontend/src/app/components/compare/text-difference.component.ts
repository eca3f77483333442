import { Component, computed, effect, inject, input, signal, untracked } from '@angular/core';

import { WordDifference } from '../../services/word-difference.service';

interface Part {
  readonly text: string;
  readonly kind: 'both' | 'left' | 'right';
}

/** Two texts, word by word: what is in the first alone is struck out, what is in the second alone underlined. */
@Component({
  selector: 'app-text-difference',
  template: `
    <h3>{{ label() }}</h3>
    @if (left() === right()) {
      @if (left() === '') {
        <p class="same" i18n>Nothing in either</p>
      } @else {
        <p class="same" i18n>The same in both</p>
        <pre tabindex="0" role="group" [attr.aria-label]="label()">{{ left() }}</pre>
      }
    } @else if (parts(); as parts) {
      <pre
        tabindex="0"
        role="group"
        [attr.aria-label]="label()"
      >@for (part of parts; track $index) {@switch (part.kind) {@case ('left') {<del>{{ part.text }}</del>}@case ('right') {<ins>{{ part.text }}</ins>}@default {<span>{{ part.text }}</span>}}}</pre>
    } @else {
      @if (apart()) {
        <p i18n class="same">They have too little in common to be compared word by word</p>
      }
      <div class="apart">
        <pre tabindex="0" role="group" [attr.aria-label]="label() + ', A'">{{ left() }}</pre>
        <pre tabindex="0" role="group" [attr.aria-label]="label() + ', B'">{{ right() }}</pre>
      </div>
    }
  `,
  styleUrl: './text-difference.component.css',
})
export class TextDifferenceComponent {
  readonly label = input.required<string>();
  readonly left = input.required<string>();
  readonly right = input.required<string>();

  private readonly words = inject(WordDifference);
  private readonly texts = computed(() => [this.left(), this.right()] as const, {
    equal: (one, other) => one[0] === other[0] && one[1] === other[1],
  });
  protected readonly parts = signal<readonly Part[] | null>(null);
  protected readonly apart = signal(false);

  constructor() {
    effect(() => {
      const texts = this.texts();
      if (texts[0] !== texts[1]) untracked(() => void this.compare(texts));
    });
  }

  private async compare(texts: readonly [string, string]): Promise<void> {
    const found = await this.words.between(...texts);
    if (texts !== this.texts()) return;
    this.apart.set(found === null);
    this.parts.set(
      found?.map(({ value, added, removed }) => ({
        text: value,
        kind: added ? 'right' : removed ? 'left' : 'both',
      })) ?? null,
    );
  }
}
