import { Component, model } from '@angular/core';

/** The address by which an account is known. */
@Component({
  selector: 'app-email-field',
  template: `
    <div class="form-field">
      <label i18n for="email">Email</label>
      <input
        #address
        id="email"
        name="email"
        type="email"
        class="field"
        required
        maxlength="254"
        autocomplete="username"
        autocapitalize="none"
        spellcheck="false"
        [value]="value()"
        (input)="value.set(address.value)"
      />
    </div>
  `,
  host: { class: 'form-part' },
})
export class EmailFieldComponent {
  readonly value = model.required<string>();
}
