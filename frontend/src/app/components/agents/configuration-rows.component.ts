import {
  Component,
  ElementRef,
  Injector,
  afterNextRender,
  computed,
  forwardRef,
  inject,
  input,
  model,
} from '@angular/core';

import { ConfigurationField, FieldValues, rowsOf, valuesOf } from '../../state/configuration-fields';
import { within } from '../../state/field-errors';
import { IconComponent } from '../shared/icon.component';
import { ConfigurationFieldsComponent } from './configuration-fields.component';

const FIELD = 'input, select, textarea';

/** A field of a configuration that is a list: a row of fields for each, in an order that may matter. */
@Component({
  selector: 'app-configuration-rows',
  imports: [forwardRef(() => ConfigurationFieldsComponent), IconComponent],
  template: `
    <fieldset [attr.aria-describedby]="field().id + '-error ' + field().id + '-hint'">
      <legend class="field-label">{{ field().label }}</legend>
      <p class="field-hint" [id]="field().id + '-hint'">{{ field().hint }}</p>
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
            class="icon-button up"
            [attr.aria-label]="moveUpWords($index)"
            [disabled]="$index === 0"
            (click)="moveUp($index)"
          >
            <app-icon name="up" />
          </button>
          <button
            type="button"
            class="icon-button"
            [attr.aria-label]="removeWords($index)"
            [disabled]="rows().length <= (field().least ?? 0)"
            (click)="remove($index)"
          >
            <app-icon name="close" />
          </button>
        </div>
      }
      <p class="field-error" role="alert" [id]="field().id + '-error'">{{ errors()[field().path] }}</p>
      <button
        i18n
        type="button"
        class="button add"
        [disabled]="rows().length >= (field().most ?? 1000)"
        (click)="add()"
      >
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

  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly injector = inject(Injector);

  protected nameOf(index: number): string {
    return `${this.field().entryName} ${index + 1}`;
  }

  protected moveUpWords(index: number): string {
    return $localize`Move ${this.nameOf(index)}:what: up`;
  }

  protected removeWords(index: number): string {
    return $localize`Remove ${this.nameOf(index)}:what:`;
  }

  protected errorsOf(index: number): Readonly<Record<string, string>> {
    return within(this.errors(), `${this.field().path}.${index}`);
  }

  protected add(): void {
    this.write([...this.rows(), valuesOf(this.field().entry, null)]);
    this.focus(this.rows().length - 1);
  }

  protected change(index: number, values: FieldValues): void {
    this.write(this.rows().with(index, values));
  }

  protected remove(index: number): void {
    this.write(this.rows().toSpliced(index, 1));
    this.focus(Math.min(index, this.rows().length - 1));
  }

  protected moveUp(index: number): void {
    const moved = this.rows()[index];
    if (!moved) return;
    this.write(
      this.rows()
        .toSpliced(index, 1)
        .toSpliced(index - 1, 0, moved),
    );
    this.focus(index - 1, '.up:enabled');
  }

  /** This part of a row, or its first field where it has none; without a row, the button that adds one. */
  private focus(index: number, part = FIELD): void {
    const focused = (): void => {
      const row = this.element.querySelectorAll('.row-of-fields')[index];
      const found = row?.querySelector<HTMLElement>(part) ?? row?.querySelector<HTMLElement>(FIELD);
      (found ?? this.element.querySelector<HTMLElement>('.add'))?.focus();
    };
    afterNextRender(focused, { injector: this.injector });
  }

  private write(rows: readonly FieldValues[]): void {
    this.value.set(JSON.stringify(rows));
  }
}
