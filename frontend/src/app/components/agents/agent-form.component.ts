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

import { AgentDetail } from '../../models/models';
import { AgentsApi } from '../../services/agents-api';
import { errorCode, errorMessage } from '../../live/api-error';
import { ServerInfo } from '../../services/server-info.service';
import { Submission } from '../shared/submission';
import {
  AgentFormValue,
  KeyChange,
  PictureChange,
  changeOf,
  changesAddress,
  formValueOf,
  newAgent,
  ofKind,
  sameFormValue,
} from '../../state/agent-form-value';
import { KINDS, kindWords, sourcesOf } from '../../state/agent-words';
import { fieldErrors } from '../../state/field-errors';
import { AgentKeyComponent } from './agent-key.component';
import { AgentPictureComponent } from './agent-picture.component';
import { FormFootComponent } from '../shared/form-foot.component';
import { TextFieldComponent } from '../shared/text-field.component';

const KEEP = { kind: 'keep' } as const;
/** The field that a refusal is about. */
const FIELD_OF: Readonly<Record<string, string>> = { name_taken: 'name', key_needed: 'secrets.api_key' };
const SHOWN = new Set([
  'name',
  'description',
  'base_url',
  'model.name',
  'model.temperature',
  'model.max_tokens',
  'system_prompt',
  'secrets.api_key',
]);

/** Everything about an agent that can be chosen. Nothing that was typed is lost when the server refuses it. */
@Component({
  selector: 'app-agent-form',
  imports: [AgentKeyComponent, AgentPictureComponent, FormFootComponent, RouterLink, TextFieldComponent],
  templateUrl: './agent-form.component.html',
  styleUrl: './agent-form.component.css',
})
export class AgentFormComponent {
  /** As it is stored; null: it is yet to be made. */
  readonly agent = input.required<AgentDetail | null>();
  readonly saved = output();

  private readonly api = inject(AgentsApi);
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly injector = inject(Injector);
  protected readonly info = inject(ServerInfo);
  protected readonly submission = new Submission();
  protected readonly kinds = KINDS;
  protected readonly kindWords = kindWords;

  private readonly stored = linkedSignal(() => this.agent());
  protected readonly value = linkedSignal<AgentFormValue>(() => formValueOf(this.agent()));
  protected readonly key = linkedSignal<KeyChange>(() => (this.agent(), KEEP));
  protected readonly picture = linkedSignal<PictureChange>(() => (this.agent(), KEEP));
  protected readonly errors = signal<Readonly<Record<string, string>>>({});

  protected readonly sources = computed(() => sourcesOf(this.value().kind));
  protected readonly moved = computed(() => changesAddress(this.value(), this.stored()));
  protected readonly keyIsSet = computed(() => this.stored()?.secrets.includes('api_key') ?? false);
  /** Without a model there is extraction from documents, and no conversation. */
  protected readonly mute = computed(() => {
    const { kind, source } = this.value();
    return kind === 'chat' && source === 'server' && this.info.info()?.mode === 'built-in';
  });
  readonly dirty = computed(() => {
    const key = this.key();
    const keyChanges = key.kind === 'remove' || (key.kind === 'replace' && key.value !== '');
    return keyChanges || this.picture().kind !== 'keep' || !sameFormValue(this.value(), formValueOf(this.stored()));
  });

  protected change(change: Partial<AgentFormValue>): void {
    this.value.update((value) => ({ ...value, ...change }));
  }

  protected choose(kind: AgentFormValue['kind']): void {
    this.value.update((value) => ofKind(value, kind));
  }

  protected async save(): Promise<void> {
    this.errors.set({});
    const refused = await this.submission.send(async () => {
      const stored = this.stored();
      const [value, key] = [this.value(), this.key()];
      const agent = stored
        ? await this.api.change(stored.id, changeOf(value, key, stored))
        : await this.api.create(newAgent(value, key));
      // From here on it is stored: what goes wrong now is about its picture alone.
      this.stored.set(agent);
      this.value.set(formValueOf(agent));
      this.key.set(KEEP);
      await this.savePicture(agent.id);
    });
    if (refused !== null) this.showErrors(refused);
  }

  private async savePicture(id: string): Promise<void> {
    const picture = this.picture();
    try {
      if (picture.kind === 'replace') await this.api.setAvatar(id, picture.file);
      else if (picture.kind === 'remove') await this.api.removeAvatar(id);
    } catch (error: unknown) {
      this.errors.set({ picture: `${errorMessage(error)} Everything else is saved.` });
      return;
    }
    this.picture.set(KEEP);
    this.saved.emit();
  }

  /** At their fields, as far as the server names one. */
  private showErrors(refused: unknown): void {
    const field = FIELD_OF[errorCode(refused)];
    const errors = field ? { [field]: errorMessage(refused) } : fieldErrors(errorMessage(refused));
    if (!Object.keys(errors).every((name) => SHOWN.has(name))) return;
    this.submission.clear();
    this.errors.set(errors);
    afterNextRender(() => this.element.querySelector<HTMLElement>('[aria-invalid=true]')?.focus(), {
      injector: this.injector,
    });
  }
}
