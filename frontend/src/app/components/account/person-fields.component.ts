import { Component, model } from '@angular/core';

/** The name and the address of somebody who gets an account. */
@Component({
  selector: 'app-person-fields',
  template: `
    <div class="form-field">
      <label for="name">Your name</label>
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
    <div class="form-field">
      <label for="email">Email</label>
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
        [value]="email()"
        (input)="email.set(address.value)"
      />
    </div>
  `,
  host: { class: 'form-part' },
})
export class PersonFieldsComponent {
  readonly name = model.required<string>();
  readonly email = model.required<string>();
}
