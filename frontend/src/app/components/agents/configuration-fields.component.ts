import { Component, computed, effect, inject, input, model } from '@angular/core';

import { Agent } from '../../models/models';
import { AgentRegistry } from '../../services/agent-registry';
import { ServerInfo } from '../../services/server-info.service';
import { ConfigurationField, FieldValues, isRequired, isShown } from '../../state/configuration-fields';
import { ConfigurationRowsComponent } from './configuration-rows.component';
import { TextFieldComponent } from '../shared/text-field.component';
import { EntriesFieldComponent } from './entries-field.component';

/** The fields of a kind's configuration, as its schema describes them. */
@Component({
  selector: 'app-configuration-fields',
  imports: [ConfigurationRowsComponent, EntriesFieldComponent, TextFieldComponent],
  template: `
    @for (field of shown(); track field.path) {
      @switch (field.input) {
        @case ('choice') {
          <fieldset class="checks choices" [attr.aria-describedby]="idOf(field) + '-hint'">
            <legend class="field-label">{{ field.label }}</legend>
            @for (one of field.choices; track one.value) {
              <label class="check">
                <input
                  type="radio"
                  [name]="idOf(field)"
                  [checked]="one.value === values()[field.path]"
                  (change)="change(field, one.value)"
                />
                <span
                  >{{ one.label }}
                  @if (one.value === field.serverModel?.choice && info.mode()) {
                    <span i18n class="aside">currently {{ info.mode() }}</span>
                  }
                </span>
              </label>
            }
            <p class="field-hint" [id]="idOf(field) + '-hint'">{{ field.hint }}</p>
          </fieldset>
          @if (lacksModel(field)) {
            <p i18n class="field-hint warn">This server has no model, so this agent cannot answer.</p>
          }
        }
        @case ('check') {
          <div>
            <label class="check"
              ><input
                #box
                type="checkbox"
                [attr.aria-describedby]="idOf(field) + '-hint'"
                [checked]="values()[field.path] === 'true'"
                (change)="change(field, box.checked ? 'true' : 'false')"
              />
              {{ field.label }}</label
            >
            <p class="field-hint" [id]="idOf(field) + '-hint'">{{ field.hint }}</p>
          </div>
        }
        @case ('agent') {
          <div class="form-field">
            <label [for]="idOf(field)">{{ field.label }}</label>
            <select
              #agent
              class="field"
              [id]="idOf(field)"
              [required]="required(field)"
              [attr.aria-invalid]="error(field) ? true : null"
              [attr.aria-describedby]="idOf(field) + '-error ' + idOf(field) + '-hint'"
              (change)="change(field, agent.value)"
            >
              <option i18n value="" [selected]="!values()[field.path]">Choose an agent</option>
              @for (one of choicesFor(values()[field.path]); track one.id) {
                <option [value]="one.id" [selected]="one.id === values()[field.path]">
                  {{ nameOf(one) }}
                </option>
              }
              @if (isUnknown(values()[field.path])) {
                <option i18n [value]="values()[field.path]" selected>An agent that was deleted</option>
              }
            </select>
            <p class="field-error" [id]="idOf(field) + '-error'">{{ error(field) }}</p>
            <p class="field-hint" [id]="idOf(field) + '-hint'">{{ field.hint }}</p>
          </div>
        }
        @case ('rows') {
          <app-configuration-rows
            [field]="field"
            [kind]="kind()"
            [errors]="errors()"
            [value]="values()[field.path] ?? ''"
            (valueChange)="change(field, $event)"
          />
        }
        @case ('textarea') {
          <div class="form-field">
            <label [for]="idOf(field)">{{ field.label }}</label>
            <textarea
              #text
              class="field"
              rows="4"
              [id]="idOf(field)"
              [attr.maxlength]="field.longest"
              [attr.aria-invalid]="error(field) ? true : null"
              [attr.aria-describedby]="idOf(field) + '-error ' + idOf(field) + '-hint'"
              [value]="values()[field.path]"
              (input)="change(field, text.value)"
            ></textarea>
            <p class="field-error" [id]="idOf(field) + '-error'">{{ error(field) }}</p>
            <p class="field-hint" [id]="idOf(field) + '-hint'">{{ field.hint }}</p>
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
            [name]="idOf(field)"
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
  /** Of the agent that is configured. */
  readonly kind = input.required<string>();
  /** Before the ids of the inputs, where several such parts are on one page. */
  readonly idPrefix = input('');
  private readonly registry = inject(AgentRegistry);
  protected readonly info = inject(ServerInfo);
  protected readonly shown = computed(() => this.fields().filter((field) => isShown(field, this.values())));

  constructor() {
    const namesAgents = computed(() => this.fields().some((field) => field.input === 'agent'));
    effect(() => {
      if (namesAgents() && this.registry.agents() === null) void this.registry.load();
    });
  }

  protected idOf({ id }: ConfigurationField): string {
    return this.idPrefix() + id;
  }

  /** For a field that names an agent: those of other kinds, and the one that is chosen, of whatever kind. */
  protected choicesFor(chosen: string | undefined): readonly Agent[] {
    return (this.registry.agents() ?? []).filter(({ id, kind }) => kind !== this.kind() || id === chosen);
  }

  protected nameOf({ name, enabled }: Agent): string {
    return enabled ? name : $localize`${name}:name: (disabled)`;
  }

  /** Whether an agent was chosen that is not there. */
  protected isUnknown(id: string | undefined): boolean {
    return !!id && this.registry.agents() !== null && this.registry.find(id) === null;
  }

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
