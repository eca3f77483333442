import { Component, computed, input, model, signal } from '@angular/core';

import { ConfigurationField, FieldValues, entriesOf, isShown } from '../../state/configuration-fields';
import { IconComponent } from '../shared/icon.component';

/** A field whose members have names of their own: each is an entry with a few fields, in one line. */
@Component({
  selector: 'app-entries-field',
  imports: [IconComponent],
  template: `
    <fieldset class="checks" [attr.aria-describedby]="field().id + '-error ' + field().id + '-hint'">
      <legend>{{ field().label }}</legend>
      @for (one of entries(); track one.name) {
        <div class="entry" role="group" [attr.aria-label]="one.name">
          <span class="clip name" [title]="one.name">{{ one.name }}</span>
          @for (part of shown(one.values); track part.path) {
            @if (part.input === 'choice') {
              <select
                #chosen
                class="field"
                [attr.aria-label]="one.name + ': ' + part.label"
                [attr.aria-invalid]="error() ? true : null"
                (change)="change(one.name, part, chosen.value)"
              >
                @for (choice of part.choices; track choice.value) {
                  <option [value]="choice.value" [selected]="choice.value === one.values[part.path]">
                    {{ choice.label }}
                  </option>
                }
              </select>
            } @else {
              <input
                #typed
                class="field"
                autocomplete="off"
                [type]="part.input === 'number' ? 'number' : 'text'"
                [attr.aria-label]="one.name + ': ' + part.label"
                [attr.maxlength]="part.longest"
                [placeholder]="part.placeholder"
                [value]="one.values[part.path] ?? ''"
                (input)="change(one.name, part, typed.value)"
              />
            }
          }
          <button
            type="button"
            class="icon-button"
            [attr.aria-label]="removeWords(one.name)"
            (click)="remove(one.name, name)"
          >
            <app-icon name="close" />
          </button>
        </div>
      }
      <div class="form-row">
        <input
          #name
          class="field"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          [attr.maxlength]="field().longest"
          [id]="field().id"
          [attr.aria-label]="another()"
          [placeholder]="another()"
          (keydown.enter)="$event.preventDefault(); add(name)"
          (input)="taken.set(''); hold(name)"
        />
        <button i18n type="button" class="button" (click)="add(name)">Add {{ field().entryName }}</button>
      </div>
    </fieldset>
    <p class="field-error" role="alert" [id]="field().id + '-error'">{{ taken() || error() }}</p>
    <p class="field-hint" [id]="field().id + '-hint'">{{ field().hint }}</p>
  `,
  styleUrl: './entries-field.component.css',
  host: { class: 'form-field' },
})
export class EntriesFieldComponent {
  readonly field = input.required<ConfigurationField>();
  readonly error = input<string>();
  readonly value = model.required<string>();

  protected readonly taken = signal('');
  protected readonly another = computed(() => $localize`Name of another ${this.field().entryName}:kind:`);
  protected readonly entries = computed(() =>
    Object.entries(entriesOf(this.value())).map(([name, values]) => ({ name, values })),
  );

  protected shown(values: FieldValues): readonly ConfigurationField[] {
    return this.field().entry.filter((part) => isShown(part, values));
  }

  protected removeWords(name: string): string {
    return $localize`Remove ${name}:what:`;
  }

  protected change(name: string, { path }: ConfigurationField, typed: string): void {
    const entries = entriesOf(this.value());
    this.value.set(JSON.stringify({ ...entries, [name]: { ...entries[name], [path]: typed } }));
  }

  protected add(typed: HTMLInputElement): void {
    const [entries, name] = [entriesOf(this.value()), typed.value.trim()];
    this.taken.set(Object.hasOwn(entries, name) ? $localize`“${name}:name:” is there already.` : '');
    typed.focus();
    if (!name || this.taken()) return;
    const values = Object.fromEntries(this.field().entry.map(({ path, initial }) => [path, initial]));
    this.value.set(JSON.stringify({ ...entries, [name]: values }));
    typed.value = '';
    this.hold(typed);
  }

  /** A name that was typed and not added is no member yet: the form must not be sent without it. */
  protected hold(typed: HTMLInputElement): void {
    const what = this.field().entryName;
    typed.setCustomValidity(
      typed.value.trim() ? $localize`Press “Add ${what}:kind:” to add this ${what}:kind:, or empty the field.` : '',
    );
  }

  /** The button that was pressed goes; the focus stays in the field. */
  protected remove(name: string, next: HTMLInputElement): void {
    next.focus();
    const left = Object.entries(entriesOf(this.value())).filter(([one]) => one !== name);
    this.value.set(JSON.stringify(Object.fromEntries(left)));
  }
}
