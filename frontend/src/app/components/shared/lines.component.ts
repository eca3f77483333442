import { Component, ElementRef, computed, input, linkedSignal, viewChild } from '@angular/core';

import { IconComponent } from './icon.component';

const WORDS = {
  copy: $localize`:verb|:Copy`,
  copied: $localize`:what was copied|:Copied`,
  selected: $localize`:lines of code|:Selected`,
} as const;
type State = keyof typeof WORDS;

/** Lines of code to be copied. */
@Component({
  selector: 'app-lines',
  imports: [IconComponent],
  template: `
    <figure>
      <figcaption>
        {{ label() }}
        <button type="button" class="button small" [attr.aria-label]="copyWords()" (click)="copy()">
          <app-icon [name]="state() === 'copied' ? 'done' : 'copy'" />{{ words[state()] }}
        </button>
      </figcaption>
      <pre #code tabindex="0">{{ value() }}</pre>
    </figure>
  `,
  styleUrl: './lines.component.css',
})
export class LinesComponent {
  readonly label = input.required<string>();
  readonly value = input.required<string>();
  protected readonly words = WORDS;
  protected readonly state = linkedSignal<string, State>({ source: this.value, computation: () => 'copy' });
  protected readonly copyWords = computed(() => $localize`Copy: ${this.label()}:what:`);
  private readonly code = viewChild.required<ElementRef<HTMLElement>>('code');

  protected async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.value());
      this.state.set('copied');
    } catch {
      // Outside secure contexts there is no clipboard to write to: what is selected is copied with the keyboard.
      getSelection()?.selectAllChildren(this.code().nativeElement);
      this.state.set('selected');
    }
  }
}
