import { Component, computed, input, model } from '@angular/core';

/** A line of text or a number in a form, with what is to be known about it and what is wrong with it. */
@Component({
  selector: 'app-text-field',
  template: `
    <label [for]="name()">{{ label() }}</label>
    <input
      #field
      class="field"
      [id]="name()"
      [type]="type()"
      [required]="required()"
      [attr.maxlength]="longest()"
      [attr.min]="least()"
      [attr.max]="most()"
      [attr.step]="type() === 'number' ? step() : null"
      autocomplete="off"
      autocapitalize="none"
      spellcheck="false"
      [placeholder]="placeholder()"
      [attr.aria-invalid]="error() ? true : null"
      [attr.aria-describedby]="described()"
      [value]="value()"
      (input)="value.set(field.value)"
    />
    @if (error()) {
      <p class="field-error" [id]="name() + '-error'">{{ error() }}</p>
    }
    @if (hint()) {
      <p class="field-hint" [id]="name() + '-hint'">{{ hint() }}</p>
    }
  `,
  host: { class: 'form-field' },
})
export class TextFieldComponent {
  /** Its id. */
  readonly name = input.required<string>();
  readonly label = input.required<string>();
  readonly value = model.required<string>();
  readonly error = input<string>();
  readonly hint = input('');
  readonly placeholder = input('');
  readonly type = input<'text' | 'number' | 'url'>('text');
  readonly required = input(false);
  readonly longest = input<number>();
  readonly least = input<number>();
  readonly most = input<number>();
  readonly step = input<number | 'any'>('any');

  protected readonly described = computed(
    () =>
      [this.error() && `${this.name()}-error`, this.hint() && `${this.name()}-hint`].filter(Boolean).join(' ') || null,
  );
}
