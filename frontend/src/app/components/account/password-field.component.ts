import { Component, ElementRef, afterRenderEffect, computed, input, model, signal, viewChild } from '@angular/core';

/** As the server has it. */
const SHORTEST = 10;
/** What the field is called, and the button that shows what is in it. */
const WORDS = {
  password: { label: $localize`Password`, show: $localize`Show password` },
  current: { label: $localize`Current password`, show: $localize`Show current password` },
  new: { label: $localize`New password`, show: $localize`Show new password` },
  your: { label: $localize`Your password`, show: $localize`Show your password` },
} as const;

/** A password, which can be looked at while it is typed. A new one says beforehand how long it has to be. */
@Component({
  selector: 'app-password-field',
  template: `
    <label [for]="name()">{{ words().label }}</label>
    <div class="password">
      <input
        #field
        class="field"
        required
        [id]="name()"
        [name]="name()"
        [type]="shown() ? 'text' : 'password'"
        [autocomplete]="fresh() ? 'new-password' : 'current-password'"
        maxlength="1000"
        autocapitalize="none"
        spellcheck="false"
        [attr.aria-describedby]="fresh() ? name() + '-hint' : null"
        [value]="value()"
        (input)="value.set(field.value)"
      />
      <button
        type="button"
        class="link"
        [attr.aria-pressed]="shown()"
        [attr.aria-label]="words().show"
        (click)="shown.set(!shown())"
      >
        {{ shown() ? hide : show }}
      </button>
    </div>
    @if (fresh()) {
      <p i18n class="field-hint" [id]="name() + '-hint'">
        {{ shortest }} characters or more. A few words are easy to remember.
      </p>
    }
  `,
  styleUrl: './password-field.component.css',
  host: { class: 'form-field' },
})
export class PasswordFieldComponent {
  /** Of the field: its id, and what a form calls it. */
  readonly name = input('password');
  /** Which one is asked for. */
  readonly asked = input<keyof typeof WORDS>('password');
  /** Whether it is being chosen now, not asked for. */
  readonly fresh = input(false);
  readonly value = model('');

  protected readonly words = computed(() => WORDS[this.asked()]);
  protected readonly show = $localize`Show`;
  protected readonly hide = $localize`Hide`;
  protected readonly shortest = SHORTEST;
  protected readonly shown = signal(false);
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');

  constructor() {
    // `minlength` holds only for what a person typed last, which a value that is bound never is.
    afterRenderEffect(() => {
      const short = this.fresh() && this.value() !== '' && Array.from(this.value()).length < SHORTEST;
      this.field().nativeElement.setCustomValidity(
        short ? $localize`The password needs ${SHORTEST}:least: characters or more.` : '',
      );
    });
  }

  /** Ready to be typed anew. */
  select(): void {
    this.field().nativeElement.select();
    this.field().nativeElement.focus();
  }
}
