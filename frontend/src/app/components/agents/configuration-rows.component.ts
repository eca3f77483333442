import { Component, computed, forwardRef, input, model } from '@angular/core';

import { ConfigurationField, FieldValues, rowsOf, valuesOf } from '../../state/configuration-fields';
import { within } from '../../state/field-errors';
import { IconComponent } from '../shared/icon.component';
import { ConfigurationFieldsComponent } from './configuration-fields.component';

/** A field of a configuration that is a list: a row of fields for each, in an order that may matter. */
@Component({
  selector: 'app-configuration-rows',
  imports: [forwardRef(() => ConfigurationFieldsComponent), IconComponent],
  template: `
    <fieldset>
      <legend class="field-label">{{ field().label }}</legend>
      @if (field().hint) {
        <p class="field-hint">{{ field().hint }}</p>
      }
      @for (row of rows(); track $index) {
        <div class="row-of-fields" role="group" [attr.aria-label]="nameOf($index)">
          <app-configuration-fields
            class="in-row"
            [fields]="field().entry"
            [kind]="kind()"
            [idPrefix]="field().id + '-' + $index + '-'"
            [errors]="errorsOf($index)"
            [values]="row"
            (valuesChange)="change($index, $event)"
          />
          <button
            type="button"
            class="icon-button"
            [attr.aria-label]="'Move ' + nameOf($index) + ' up'"
            [disabled]="$index === 0"
            (click)="moveUp($index)"
          >
            <app-icon name="up" />
          </button>
          <button
            type="button"
            class="icon-button"
            [attr.aria-label]="'Remove ' + nameOf($index)"
            [disabled]="rows().length <= (field().least ?? 0)"
            (click)="remove($index)"
          >
            <app-icon name="close" />
          </button>
        </div>
      }
      @if (errors()[field().path]; as error) {
        <p class="field-error">{{ error }}</p>
      }
      <button type="button" class="button" [disabled]="rows().length >= (field().most ?? 1000)" (click)="add()">
        Add {{ field().entryName }}
      </button>
    </fieldset>
  `,
  styleUrl: './configuration-rows.component.css',
})
export class ConfigurationRowsComponent {
  readonly field = input.required<ConfigurationField>();
  /** Of the agent that is configured. */
  readonly kind = input.required<string>();
  /** What is wrong, by the paths of the configuration. */
  readonly errors = input<Readonly<Record<string, string>>>({});
  readonly value = model.required<string>();
  protected readonly rows = computed(() => rowsOf(this.value()));

  protected nameOf(index: number): string {
    return `${this.field().entryName} ${index + 1}`;
  }

  protected errorsOf(index: number): Readonly<Record<string, string>> {
    return within(this.errors(), `${this.field().path}.${index}`);
  }

  protected add(): void {
    this.write([...this.rows(), valuesOf(this.field().entry, null)]);
  }

  protected change(index: number, values: FieldValues): void {
    this.write(this.rows().with(index, values));
  }

  protected remove(index: number): void {
    this.write(this.rows().toSpliced(index, 1));
  }

  protected moveUp(index: number): void {
    const moved = this.rows()[index];
    if (moved)
      this.write(
        this.rows()
          .toSpliced(index, 1)
          .toSpliced(index - 1, 0, moved),
      );
  }

  private write(rows: readonly FieldValues[]): void {
    this.value.set(JSON.stringify(rows));
  }
}
