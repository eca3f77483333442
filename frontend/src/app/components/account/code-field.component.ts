import { Component, ElementRef, computed, input, model, viewChild } from '@angular/core';

/** A code of an authenticator app, or a recovery code. */
@Component({
  selector: 'app-code-field',
  template: `
    <label for="code">{{ label() }}</label>
    <input
      #field
      id="code"
      name="code"
      class="field code"
      required
      maxlength="40"
      autocapitalize="none"
      spellcheck="false"
      [autocomplete]="recovery() ? 'off' : 'one-time-code'"
      [inputMode]="recovery() ? 'text' : 'numeric'"
      aria-describedby="code-hint"
      [value]="value()"
      (input)="value.set(field.value)"
    />
    <p class="field-hint" id="code-hint">{{ hint() }}</p>
  `,
  styles: `
    .code {
      font:
        16px/1.5 ui-monospace,
        SFMono-Regular,
        Menlo,
        'DejaVu Sans Mono',
        monospace;
      letter-spacing: 0.08em;
    }
  `,
  host: { class: 'form-field' },
})
export class CodeFieldComponent {
  readonly recovery = input(false);
  readonly value = model('');
  protected readonly label = computed(() => (this.recovery() ? $localize`Recovery code` : $localize`Code`));
  protected readonly hint = computed(() =>
    this.recovery()
      ? $localize`One of the codes that you saved. Each works once.`
      : $localize`The six digits that your authenticator app shows.`,
  );
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');

  /** Ready to be typed anew. */
  select(): void {
    this.field().nativeElement.select();
    this.field().nativeElement.focus();
  }
}
