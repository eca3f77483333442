import { Component, ElementRef, input, linkedSignal, viewChild } from '@angular/core';

import { IconComponent } from './icon.component';

/** Lines of code to be copied. */
@Component({
  selector: 'app-lines',
  imports: [IconComponent],
  template: `
    <figure>
      <figcaption>
        {{ label() }}
        <button type="button" class="button small" [attr.aria-label]="'Copy: ' + label()" (click)="copy()">
          <app-icon [name]="said() === 'Copied' ? 'done' : 'copy'" />{{ said() }}
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
  protected readonly said = linkedSignal<string, string>({ source: this.value, computation: () => 'Copy' });
  private readonly code = viewChild.required<ElementRef<HTMLElement>>('code');

  protected async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.value());
      this.said.set('Copied');
    } catch {
      // Outside secure contexts there is no clipboard to write to: what is selected is copied with the keyboard.
      getSelection()?.selectAllChildren(this.code().nativeElement);
      this.said.set('Selected');
    }
  }
}
