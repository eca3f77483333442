import { AfterViewInit, Component, ElementRef, input, signal, viewChild } from '@angular/core';

import { IconComponent } from './icon.component';

let shown = 0;

const WORDS = {
  copy: $localize`:verb|:Copy`,
  copied: $localize`:what was copied|:Copied`,
  inClipboard: $localize`Copied to the clipboard.`,
  byHand: $localize`It is selected: copy it with the keyboard.`,
} as const;

/** Something that is shown once: a link or a key, to be copied now. */
@Component({
  selector: 'app-secret',
  imports: [IconComponent],
  template: `
    <div class="secret">
      <label [for]="id">{{ label() }}</label>
      <div class="secret-row">
        <input #field class="field" readonly [id]="id" [value]="value()" (focus)="field.select()" />
        <button type="button" class="button" (click)="copy(field)">
          <app-icon [name]="copied() ? 'done' : 'copy'" />{{ copied() ? words.copied : words.copy }}
        </button>
      </div>
      <p class="field-hint" role="status">
        {{ copied() ? words.inClipboard : byHand() ? words.byHand : hint() }}
      </p>
      <ng-content />
    </div>
  `,
  styleUrl: './secret.component.css',
})
export class SecretComponent implements AfterViewInit {
  readonly label = input.required<string>();
  readonly value = input.required<string>();
  readonly hint = input($localize`Copy it now: it is shown only once.`);

  protected readonly words = WORDS;
  protected readonly id = `secret-${++shown}`;
  protected readonly copied = signal(false);
  protected readonly byHand = signal(false);
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');

  ngAfterViewInit(): void {
    this.field().nativeElement.focus();
  }

  protected async copy(field: HTMLInputElement): Promise<void> {
    field.select();
    try {
      await navigator.clipboard.writeText(this.value());
      this.copied.set(true);
    } catch {
      // Outside secure contexts there is no clipboard to write to.
      this.byHand.set(true);
    }
  }
}
