import {
  Component,
  ElementRef,
  Injector,
  afterNextRender,
  computed,
  inject,
  input,
  linkedSignal,
  output,
  signal,
} from '@angular/core';
import { RouterLink } from '@angular/router';

import { AgentDetail, AgentTrial, BackendKind } from '../../models/models';
import { AgentsApi } from '../../services/agents-api';
import { errorCode, errorMessage } from '../../live/api-error';
import { Submission } from '../shared/submission';
import {
  AgentFormValue,
  PictureChange,
  SecretChange,
  SecretChanges,
  changeOf,
  changesAddress,
  configuredWith,
  fieldsOfKind,
  formValueOf,
  newAgent,
  ofKind,
  sameFormValue,
} from '../../state/agent-form-value';
import { limitWords, problemWords } from '../../state/agent-words';
import { isShown, takesSecrets } from '../../state/configuration-fields';
import { fieldErrors } from '../../state/field-errors';
import { AgentPictureComponent } from './agent-picture.component';
import { AgentSecretComponent } from './agent-secret.component';
import { AgentTestComponent } from './agent-test.component';
import { ConfigurationFieldsComponent } from './configuration-fields.component';
import { KindChoiceComponent } from './kind-choice.component';
import { KindPictureComponent } from './kind-picture.component';
import { FormFootComponent } from '../shared/form-foot.component';
import { TextFieldComponent } from '../shared/text-field.component';

const KEEP = { kind: 'keep' } as const;
/** Fields of the form that every kind has. */
const OWN_FIELDS = ['name', 'description', 'system_prompt'];

/** Everything about an agent that can be chosen, its kind first. Nothing that was typed is lost when the server refuses it. */
@Component({
  selector: 'app-agent-form',
  imports: [
    AgentPictureComponent,
    AgentSecretComponent,
    AgentTestComponent,
    ConfigurationFieldsComponent,
    FormFootComponent,
    KindChoiceComponent,
    KindPictureComponent,
    RouterLink,
    TextFieldComponent,
  ],
  templateUrl: './agent-form.component.html',
  styleUrl: './agent-form.component.css',
})
export class AgentFormComponent {
  /** As it is stored; null: it is yet to be made. */
  readonly agent = input.required<AgentDetail | null>();
  readonly kinds = input.required<readonly BackendKind[]>();
  readonly saved = output();

  private readonly api = inject(AgentsApi);
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly injector = inject(Injector);
  protected readonly submission = new Submission();
  protected readonly keep = KEEP;

  private readonly stored = linkedSignal(() => this.agent());
  protected readonly value = linkedSignal<AgentFormValue>(() => formValueOf(this.agent(), this.kinds()));
  protected readonly changes = linkedSignal<SecretChanges>(() => (this.agent(), {}));
  protected readonly picture = linkedSignal<PictureChange>(() => (this.agent(), KEEP));
  protected readonly errors = signal<Readonly<Record<string, string>>>({});

  protected readonly choosing = linkedSignal(() => this.agent() === null);
  /** Whether it can still be of another kind. */
  protected readonly mayChoose = computed(() => {
    const stored = this.stored();
    return stored === null || stored.unavailable === 'unknown_kind';
  });
  protected readonly choice = computed(() =>
    this.mayChoose()
      ? $localize`The kind cannot be changed later.`
      : $localize`The kind was chosen when the agent was created. To use another kind, create another agent.`,
  );
  protected readonly action = computed(() => (this.agent() ? $localize`Save` : $localize`Create agent`));
  protected readonly kind = computed(() => this.kinds().find(({ name }) => name === this.value().kind));
  protected readonly problem = computed(() => {
    const stored = this.stored();
    return stored ? problemWords(stored) : '';
  });
  protected readonly limits = computed(() => {
    const kind = this.kind();
    return kind ? limitWords(kind.can) : '';
  });
  protected readonly fields = computed(() => fieldsOfKind(this.value().kind, this.kinds()));
  protected readonly secrets = computed(() =>
    takesSecrets(this.fields(), this.value().fields) ? (this.kind()?.secrets ?? []) : [],
  );
  protected readonly moved = computed(() => changesAddress(this.value(), this.stored(), this.kinds()));
  readonly dirty = computed(() => {
    const secretsChange = Object.values(this.changes()).some(
      (change) => change.kind === 'remove' || (change.kind === 'replace' && change.value !== ''),
    );
    const [value, kinds] = [this.value(), this.kinds()];
    const stored = formValueOf(this.stored(), kinds);
    // Of a new one, its kind alone is nothing that could be lost.
    const before = this.stored() ? stored : ofKind(stored, value.kind, kinds);
    return secretsChange || this.picture().kind !== 'keep' || !sameFormValue(value, before);
  });

  /** What can be tried of it before it is stored; the same as long as nothing of that is changed. */
  protected readonly trial = computed<AgentTrial>(
    () => {
      const { configuration, secrets } = newAgent(this.value(), this.changes(), this.kinds());
      return { configuration, ...(secrets ? { secrets } : {}) };
    },
    { equal: (one, other) => JSON.stringify(one) === JSON.stringify(other) },
  );

  protected change(change: Partial<AgentFormValue>): void {
    this.value.update((value) => ({ ...value, ...change }));
  }

  protected choose(kind: string): void {
    this.value.update((value) => ofKind(value, kind, this.kinds()));
    this.errors.set({});
    this.choosing.set(false);
    afterNextRender(() => this.element.querySelector<HTMLElement>('#name')?.focus(), { injector: this.injector });
  }

  protected readonly follow = (members: object): AgentTrial => {
    this.value.update((value) => configuredWith(value, members, this.kinds()));
    return this.trial();
  };

  protected isSet(secret: string): boolean {
    return this.stored()?.secrets.some((name) => name === secret) ?? false;
  }

  protected idOf(secret: string): string {
    return secret.replaceAll('_', '-');
  }

  protected changeSecret(secret: string, change: SecretChange): void {
    this.changes.update((changes) => ({ ...changes, [secret]: change }));
  }

  protected async save(): Promise<void> {
    this.errors.set({});
    const refused = await this.submission.send(async () => {
      const stored = this.stored();
      const [value, changes, kinds] = [this.value(), this.changes(), this.kinds()];
      const agent = stored
        ? await this.api.change(stored.id, changeOf(value, changes, stored, kinds))
        : await this.api.create(newAgent(value, changes, kinds));
      // From here on it is stored: what goes wrong now is about its picture alone.
      this.stored.set(agent);
      this.value.set(formValueOf(agent, kinds));
      this.changes.set({});
      await this.savePicture(agent.id);
    });
    if (refused !== null && this.showErrors(refused)) this.submission.clear();
  }

  private async savePicture(id: string): Promise<void> {
    const picture = this.picture();
    try {
      if (picture.kind === 'replace') await this.api.setAvatar(id, picture.file);
      else if (picture.kind === 'remove') await this.api.removeAvatar(id);
    } catch (error: unknown) {
      this.errors.set({ picture: $localize`${errorMessage(error)}:error: Everything else is saved.` });
      return;
    }
    this.picture.set(KEEP);
    this.saved.emit();
  }

  /** What was refused, if anything, at its fields, if the server names one for each. */
  protected readonly showErrors = (refused: unknown): boolean => {
    this.errors.set({});
    if (refused === null) return false;
    const errors = this.placed(refused);
    const fields = this.fields().filter((field) => isShown(field, this.value().fields));
    const rows = fields.filter(({ input }) => input === 'rows').map(({ path }) => `${path}.`);
    const shown = new Set([
      ...OWN_FIELDS,
      ...fields.map(({ path }) => path),
      ...this.secrets().map(({ name }) => `secrets.${name}`),
    ]);
    const hasPlace = (name: string): boolean => shown.has(name) || rows.some((below) => name.startsWith(below));
    if (!Object.keys(errors).every(hasPlace)) return false;
    this.errors.set(errors);
    afterNextRender(() => this.element.querySelector<HTMLElement>('[aria-invalid=true]')?.focus(), {
      injector: this.injector,
    });
    return true;
  };

  /** What a refusal says, by the field it is about. */
  private placed(refused: unknown): Readonly<Record<string, string>> {
    const message = errorMessage(refused);
    if (errorCode(refused) === 'name_taken') return { name: message };
    if (errorCode(refused) !== 'key_needed') return fieldErrors(message);
    return Object.fromEntries(this.secrets().map(({ name }) => [`secrets.${name}`, message]));
  }
}
