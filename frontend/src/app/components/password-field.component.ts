import { Component, ElementRef, input, model, signal, viewChild } from '@angular/core';

export const SHORTEST_PASSWORD = 10;

/** A password, which can be looked at while it is typed. A new one says beforehand how long it has to be. */
@Component({
  selector: 'app-password-field',
  template: `
    <label [for]="id()">{{ label() }}</label>
    <div class="password">
      <input #field class="field" required [id]="id()" [name]="id()" [type]="shown() ? 'text' : 'password'" [autocomplete]="fresh() ? 'new-password' : 'current-password'"
        [attr.minlength]="fresh() ? shortest : null" maxlength="1000" autocapitalize="none" spellcheck="false" [attr.aria-describedby]="fresh() ? id() + '-hint' : null"
        [value]="value()" (input)="value.set(field.value)" />
      <button type="button" class="link" [attr.aria-pressed]="shown()" [attr.aria-label]="'Show ' + label().toLowerCase()" (click)="shown.set(!shown())">{{ shown() ? 'Hide' : 'Show' }}</button>
    </div>
    @if (fresh()) { <p class="entry-hint" [id]="id() + '-hint'">{{ shortest }} characters or more. A few words are easy to remember.</p> }
  `,
  host: { class: 'entry' },
})
export class PasswordFieldComponent {
  readonly id = input('password');
  readonly label = input('Password');
  /** Whether it is being chosen now, not asked for. */
  readonly fresh = input(false);
  readonly value = model('');

  protected readonly shortest = SHORTEST_PASSWORD;
  protected readonly shown = signal(false);
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');

  /** Ready to be typed anew. */
  select(): void {
    this.field().nativeElement.select();
    this.field().nativeElement.focus();
  }
}
