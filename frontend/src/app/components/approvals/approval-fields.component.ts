import { Component, input, model } from '@angular/core';

import { ConfigurationField, FieldValues } from '../../state/configuration-fields';
import { TextFieldComponent } from '../shared/text-field.component';

/** The form of an approval, as its schema describes it. */
@Component({
  selector: 'app-approval-fields',
  imports: [TextFieldComponent],
  template: `
    @for (field of fields(); track field.path) {
      @switch (field.input) {
        @case ('choice') {
          <div class="form-field">
            <label [for]="idOf(field)">{{ field.label }}</label>
            <select #one class="field" [id]="idOf(field)" (change)="change(field, one.value)">
              @for (choice of field.choices; track choice.value) {
                <option [value]="choice.value" [selected]="choice.value === values()[field.path]">
                  {{ choice.label }}
                </option>
              }
            </select>
          </div>
        }
        @case ('check') {
          <label class="check"
            ><input
              #box
              type="checkbox"
              [checked]="values()[field.path] === 'true'"
              (change)="change(field, box.checked ? 'true' : 'false')"
            />
            {{ field.label }}</label
          >
        }
        @case ('textarea') {
          <div class="form-field">
            <label [for]="idOf(field)">{{ field.label }}</label>
            <textarea
              #text
              class="field"
              rows="3"
              [id]="idOf(field)"
              [attr.maxlength]="field.longest"
              [value]="values()[field.path]"
              (input)="change(field, text.value)"
            ></textarea>
          </div>
        }
        @default {
          <app-text-field
            [name]="idOf(field)"
            [label]="field.label"
            [type]="field.input === 'number' ? 'number' : 'text'"
            [required]="field.required"
            [longest]="field.longest"
            [least]="field.least"
            [most]="field.most"
            [step]="field.whole ? 1 : 'any'"
            [hint]="field.hint"
            [value]="values()[field.path] ?? ''"
            (valueChange)="change(field, $event)"
          />
        }
      }
    }
  `,
  host: { class: 'form' },
})
export class ApprovalFieldsComponent {
  /** Of the approval. */
  readonly id = input.required<string>();
  readonly fields = input.required<readonly ConfigurationField[]>();
  readonly values = model.required<FieldValues>();

  protected idOf(field: ConfigurationField): string {
    return `${this.id()}-${field.id}`;
  }

  protected change(field: ConfigurationField, value: string): void {
    this.values.update((values) => ({ ...values, [field.path]: value }));
  }
}
