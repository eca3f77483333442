import { Component, model } from '@angular/core';

import { EmailFieldComponent } from './email-field.component';

/** The name and the address of somebody who gets an account. */
@Component({
  selector: 'app-person-fields',
  imports: [EmailFieldComponent],
  template: `
    <div class="form-field">
      <label i18n for="name">Your name</label>
      <input
        #person
        id="name"
        name="name"
        class="field"
        required
        maxlength="200"
        autocomplete="name"
        [value]="name()"
        (input)="name.set(person.value)"
      />
    </div>
    <app-email-field [(value)]="email" />
  `,
  host: { class: 'form-part' },
})
export class PersonFieldsComponent {
  readonly name = model.required<string>();
  readonly email = model.required<string>();
}
