import { AgentChange, AgentDetail, BackendKind, NewAgent } from '../models/models';
import {
  ConfigurationField,
  FieldValues,
  configurationOf,
  fieldsOf,
  secretsAddress,
  takesSecrets,
  valuesFor,
  valuesOf,
  valuesWith,
} from './configuration-fields';

/** What is to become of one of an agent's secrets, which nobody is ever shown. */
export type SecretChange =
  { readonly kind: 'keep' } | { readonly kind: 'replace'; readonly value: string } | { readonly kind: 'remove' };

/** By the names of the secrets; one that is missing is kept. */
export type SecretChanges = Readonly<Record<string, SecretChange>>;

/** What is to become of an agent's picture. */
export type PictureChange =
  | { readonly kind: 'keep' }
  | { readonly kind: 'replace'; readonly file: File; readonly image: ImageBitmap }
  | { readonly kind: 'remove' };

/** An agent as its form has it. */
export interface AgentFormValue {
  readonly name: string;
  readonly description: string;
  readonly kind: string;
  /** Of the configuration. */
  readonly fields: FieldValues;
  readonly systemPrompt: string;
  readonly enabled: boolean;
}

/** As it is stored; an empty form of no kind yet for a new one. */
export function formValueOf(agent: AgentDetail | null, kinds: readonly BackendKind[]): AgentFormValue {
  const kind = agent?.kind ?? '';
  return {
    name: agent?.name ?? '',
    description: agent?.description ?? '',
    kind,
    fields: valuesOf(fieldsOfKind(kind, kinds), agent?.configuration ?? null),
    systemPrompt: agent?.system_prompt ?? '',
    enabled: agent?.enabled ?? true,
  };
}

export function fieldsOfKind(name: string, kinds: readonly BackendKind[]): readonly ConfigurationField[] {
  const kind = kinds.find((one) => one.name === name);
  return kind ? fieldsOf(kind) : [];
}

/** The form of an agent of another kind: what both kinds have stays. */
export function ofKind(value: AgentFormValue, kind: string, kinds: readonly BackendKind[]): AgentFormValue {
  if (kind === value.kind) return value;
  const [fields, before] = [fieldsOfKind(kind, kinds), fieldsOfKind(value.kind, kinds)];
  return { ...value, kind, fields: valuesFor(fields, before, value.fields) };
}

/** With values for members of its configuration. */
export function configuredWith(value: AgentFormValue, members: object, kinds: readonly BackendKind[]): AgentFormValue {
  return { ...value, fields: valuesWith(fieldsOfKind(value.kind, kinds), value.fields, members) };
}

export function sameFormValue(one: AgentFormValue, other: AgentFormValue): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Whether the secrets that are stored were given for another address than the form has. */
export function changesAddress(
  value: AgentFormValue,
  agent: AgentDetail | null,
  kinds: readonly BackendKind[],
): boolean {
  if (!agent) return false;
  const fields = fieldsOfKind(value.kind, kinds);
  const stored = valuesOf(fields, agent.configuration ?? null);
  if (!takesSecrets(fields, stored) || !takesSecrets(fields, value.fields)) return false;
  return secretsAddress(fields, value.fields) !== secretsAddress(fields, stored);
}

export function newAgent(value: AgentFormValue, secrets: SecretChanges, kinds: readonly BackendKind[]): NewAgent {
  const taken = takesSecrets(fieldsOfKind(value.kind, kinds), value.fields)
    ? (kinds.find(({ name }) => name === value.kind)?.secrets ?? [])
    : [];
  const replaced = taken.flatMap(({ name }) => {
    const change = secrets[name];
    return change?.kind === 'replace' && change.value ? [[name, change.value] as const] : [];
  });
  return { ...stored(value, kinds), secrets: Object.fromEntries(replaced) };
}

/**
 * What the form changes, and no more: what somebody else has changed meanwhile stays. An agent that is unavailable has
 * no configuration to compare with, and is given the form's.
 */
export function changeOf(
  value: AgentFormValue,
  changes: SecretChanges,
  agent: AgentDetail,
  kinds: readonly BackendKind[],
): AgentChange {
  const before = stored(formValueOf(agent, kinds), kinds);
  const { secrets, ...wanted } = newAgent(value, changes, kinds);
  const configured = kinds.some(({ name }) => name === value.kind);
  const differs = ([name, value]: [string, unknown]): boolean =>
    name === 'configuration' && agent.unavailable
      ? configured
      : JSON.stringify(value) !== JSON.stringify(before[name as keyof typeof before]);
  const removed = Object.entries(changes).flatMap(([name, change]): (readonly [string, null])[] =>
    change.kind === 'remove' ? [[name, null]] : [],
  );
  return {
    ...Object.fromEntries(Object.entries(wanted).filter(differs)),
    secrets: { ...secrets, ...Object.fromEntries(removed) },
  };
}

function stored(value: AgentFormValue, kinds: readonly BackendKind[]): Omit<NewAgent, 'secrets'> {
  const kind = kinds.find(({ name }) => name === value.kind);
  return {
    name: value.name.trim(),
    description: value.description.trim(),
    configuration: (kind ? configurationOf(kind, value.fields) : {}) as unknown as NewAgent['configuration'],
    system_prompt: value.systemPrompt,
    enabled: value.enabled,
  };
}
