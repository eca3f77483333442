import { Component, computed, inject, input, model } from '@angular/core';

import { ServerInfo } from '../../services/server-info.service';
import { ConfigurationField, FieldValues, isRequired, isShown } from '../../state/configuration-fields';
import { TextFieldComponent } from '../shared/text-field.component';
import { EntriesFieldComponent } from './entries-field.component';

/** The fields of a kind's configuration, as its schema describes them. */
@Component({
  selector: 'app-configuration-fields',
  imports: [EntriesFieldComponent, TextFieldComponent],
  template: `
    @for (field of shown(); track field.path) {
      @switch (field.input) {
        @case ('choice') {
          <fieldset class="checks choices">
            <legend class="field-label">{{ field.label }}</legend>
            @for (one of field.choices; track one.value) {
              <label class="check">
                <input
                  type="radio"
                  [name]="field.id"
                  [checked]="one.value === values()[field.path]"
                  (change)="change(field, one.value)"
                />
                <span
                  >{{ one.label }}
                  @if (one.value === field.serverModel?.choice && info.mode()) {
                    <span class="aside">currently {{ info.mode() }}</span>
                  }
                </span>
              </label>
            }
          </fieldset>
          @if (lacksModel(field)) {
            <p class="field-hint warn">This server has no model, so this agent cannot answer.</p>
          }
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
            <label [for]="field.id">{{ field.label }}</label>
            <textarea
              #text
              class="field"
              rows="4"
              [id]="field.id"
              [attr.maxlength]="field.longest"
              [attr.aria-invalid]="error(field) ? true : null"
              [attr.aria-describedby]="field.id + '-error ' + field.id + '-hint'"
              [value]="values()[field.path]"
              (input)="change(field, text.value)"
            ></textarea>
            <p class="field-error" [id]="field.id + '-error'">{{ error(field) }}</p>
            <p class="field-hint" [id]="field.id + '-hint'">{{ field.hint }}</p>
          </div>
        }
        @case ('entries') {
          <app-entries-field
            [field]="field"
            [error]="error(field)"
            [value]="values()[field.path] ?? ''"
            (valueChange)="change(field, $event)"
          />
        }
        @default {
          <app-text-field
            [class.half]="field.input === 'number'"
            [name]="field.id"
            [label]="field.label"
            [type]="field.input"
            [required]="required(field)"
            [longest]="field.longest"
            [least]="field.least"
            [most]="field.most"
            [step]="field.whole ? 1 : 'any'"
            [placeholder]="required(field) ? '' : field.placeholder"
            [hint]="field.hint"
            [error]="error(field)"
            [value]="values()[field.path] ?? ''"
            (valueChange)="change(field, $event)"
          />
        }
      }
    }
  `,
  styleUrl: './configuration-fields.component.css',
})
export class ConfigurationFieldsComponent {
  readonly fields = input.required<readonly ConfigurationField[]>();
  /** What is wrong with a field, by its path. */
  readonly errors = input<Readonly<Record<string, string>>>({});
  readonly values = model.required<FieldValues>();
  protected readonly info = inject(ServerInfo);
  protected readonly shown = computed(() => this.fields().filter((field) => isShown(field, this.values())));

  protected required(field: ConfigurationField): boolean {
    return isRequired(field, this.values());
  }

  protected error(field: ConfigurationField): string | undefined {
    return this.errors()[field.path];
  }

  protected lacksModel({ path, serverModel }: ConfigurationField): boolean {
    const chosen = serverModel?.needed === true && this.values()[path] === serverModel.choice;
    return chosen && this.info.info()?.mode === 'built-in';
  }

  protected change({ path }: ConfigurationField, value: string): void {
    this.values.update((values) => ({ ...values, [path]: value }));
  }
}
