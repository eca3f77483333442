import { BackendKind } from '../models/models';

/** What the form reads of a JSON Schema; the x- members are Ringside's own (agents/backends/model_source.py). */
interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly title?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly propertyNames?: Schema;
  readonly 'x-choices'?: Readonly<Record<string, string>>;
  readonly 'x-entry'?: string;
  readonly 'x-hint'?: string;
  readonly 'x-input'?: 'url' | 'textarea' | 'agent';
  readonly 'x-placeholder'?: string;
  readonly 'x-shown-when'?: Condition;
  readonly 'x-required-when'?: Condition;
  readonly 'x-server-model'?: ServerModel;
  readonly 'x-secrets-address'?: string;
}

/**
 * The choice that means this server's own model, whether an agent with it is of no use on a server without one, and what
 * answers in place of a model, in a word.
 */
export interface ServerModel {
  readonly choice: string;
  readonly needed: boolean;
  readonly without: string | null;
}

/** The values that other fields must have, by their paths. */
type Condition = Readonly<Record<string, readonly string[]>>;

/** What was typed or chosen, by the paths of the fields: `{ 'model.temperature': '0.5' }`. Rows and entries are a JSON text. */
export type FieldValues = Readonly<Record<string, string>>;

/** A field of the configuration of a kind of agent. */
export interface ConfigurationField {
  readonly path: string;
  readonly id: string;
  readonly input: 'choice' | 'text' | 'url' | 'textarea' | 'number' | 'check' | 'agent' | 'rows' | 'entries';
  readonly label: string;
  readonly hint: string;
  readonly placeholder: string;
  /** Of a list, and of an object with members of any name: the fields of each, and what one is called. */
  readonly entry: readonly ConfigurationField[];
  readonly entryName: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  readonly least: number | undefined;
  readonly most: number | undefined;
  readonly whole: boolean;
  /** Characters: of its text, or, of entries, of the name of each. */
  readonly longest: number | undefined;
  readonly initial: string;
  /** Whether null says that it is left out. */
  readonly nullable: boolean;
  readonly required: boolean;
  readonly requiredWhen: Condition;
  readonly shownWhen: Condition;
  readonly serverModel: ServerModel | null;
  /** Where the agent's secrets go: this field, and this address when it is empty. */
  readonly secretsAddress: string | null;
}

/** In the order of the schema; what decides whether others are shown comes first. */
export function fieldsOf(kind: BackendKind): readonly ConfigurationField[] {
  const schema = kind.configuration as Schema;
  const fields = fieldsWithin(schema, '', schema.$defs ?? {}, {}).filter(({ path }) => path !== 'kind');
  const deciding = new Set(fields.flatMap(({ shownWhen }) => Object.keys(shownWhen)));
  const decides = ({ path }: ConfigurationField): boolean => deciding.has(path);
  return [...fields.filter(decides), ...fields.filter((field) => !decides(field))];
}

/** The fields of a form that a JSON schema of an object describes. */
export function fieldsOfForm(form: object): readonly ConfigurationField[] {
  const schema = form as Schema;
  return fieldsWithin(schema, '', schema.$defs ?? {}, {});
}

export function isShown(field: ConfigurationField, values: FieldValues): boolean {
  return holds(field.shownWhen, values);
}

export function isRequired(field: ConfigurationField, values: FieldValues): boolean {
  return field.required || (Object.keys(field.requiredWhen).length > 0 && holds(field.requiredWhen, values));
}

/** Whether the agent has a server of its own, to which its secrets go. */
export function takesSecrets(fields: readonly ConfigurationField[], values: FieldValues): boolean {
  const address = fields.find((field) => field.secretsAddress !== null);
  return address === undefined || isShown(address, values);
}

/** The address that secrets go to, as the server compares them; '' where there is none. */
export function secretsAddress(fields: readonly ConfigurationField[], values: FieldValues): string {
  const field = fields.find((one) => one.secretsAddress !== null);
  if (!field || !isShown(field, values)) return '';
  return (values[field.path] ?? '').trim().replace(/\/+$/, '') || (field.secretsAddress ?? '');
}

/** A stored configuration as its form shows it; an empty one for an agent that is yet to be made. */
export function valuesOf(fields: readonly ConfigurationField[], configuration: object | null): FieldValues {
  return Object.fromEntries(
    fields.map((field) => {
      const stored = configuration === null ? undefined : valueAt(configuration, field.path);
      return [field.path, stored === undefined ? field.initial : written(stored, field.entry)];
    }),
  );
}

/** The values for the form of another kind: what was typed or chosen for the one before stays, if both have it. */
export function valuesFor(
  fields: readonly ConfigurationField[],
  before: readonly ConfigurationField[],
  values: FieldValues,
): FieldValues {
  return Object.fromEntries(
    fields.map((field) => {
      const value = values[field.path];
      const former = before.find(({ path, input }) => path === field.path && input === field.input);
      const fits =
        former &&
        value !== undefined &&
        value !== former.initial &&
        (!field.choices.length || field.choices.some((one) => one.value === value));
      return [field.path, fits ? value : field.initial];
    }),
  );
}

/** The values with some others, which are given as members of a configuration. */
export function valuesWith(fields: readonly ConfigurationField[], values: FieldValues, others: object): FieldValues {
  const given = fields.flatMap((field) => {
    const value = valueAt(others, field.path);
    return value === undefined ? [] : [[field.path, written(value, field.entry)] as const];
  });
  return { ...values, ...Object.fromEntries(given) };
}

/** What was typed of each entry, by its name, in their order. */
export function entriesOf(value: string): Readonly<Record<string, FieldValues>> {
  return JSON.parse(value || '{}') as Record<string, FieldValues>;
}

/** What was typed of each row, in their order. */
export function rowsOf(value: string): readonly FieldValues[] {
  return JSON.parse(value || '[]') as FieldValues[];
}

/** The configuration as it is sent. What the form does not show is left out of it. */
export function configurationOf(kind: BackendKind, values: FieldValues): Record<string, unknown> {
  return { kind: kind.name, ...objectOf(fieldsOf(kind), values) };
}

/** What was filled in, as it is sent. What the form does not show is left out of it. */
export function objectOf(fields: readonly ConfigurationField[], values: FieldValues): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const field of fields) {
    const value = isShown(field, values) ? sent(field, values[field.path] ?? '') : field.nullable ? null : undefined;
    if (value !== undefined) put(object, field.path.split('.'), value);
  }
  return object;
}

function fieldsWithin(
  schema: Schema,
  prefix: string,
  definitions: Readonly<Record<string, Schema>>,
  shownWhen: Condition,
): ConfigurationField[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = prefix + name;
    const { schema: inner, nullable } = resolved(property, definitions);
    const when = { ...shownWhen, ...inner['x-shown-when'] };
    if (inner.properties) return fieldsWithin(inner, `${path}.`, definitions, when);
    const members = inner.items ?? inner.additionalProperties;
    const entry =
      typeof members === 'object' ? fieldsWithin(resolved(members, definitions).schema, '', definitions, {}) : [];
    return [field(path, inner, entry, nullable, schema.required?.includes(name) ?? false, when)];
  });
}

/** A property with what it refers to, and whether it may be null. */
function resolved(
  property: Schema,
  definitions: Readonly<Record<string, Schema>>,
): { readonly schema: Schema; readonly nullable: boolean } {
  const options = property.anyOf ?? [];
  const given = options.find(({ type }) => type !== 'null') ?? {};
  const referred = definitions[(property.$ref ?? given.$ref ?? '').replace('#/$defs/', '')] ?? {};
  return { schema: { ...referred, ...given, ...property }, nullable: options.some(({ type }) => type === 'null') };
}

function field(
  path: string,
  schema: Schema,
  entry: readonly ConfigurationField[],
  nullable: boolean,
  required: boolean,
  shownWhen: Condition,
): ConfigurationField {
  const choices = (schema.enum ?? []).map((value) => ({ value, label: schema['x-choices']?.[value] ?? value }));
  return {
    path,
    id: path.replace(/[._]/g, '-'),
    input: inputOf(schema, entry),
    label: schema.title ?? path,
    hint: schema['x-hint'] ?? '',
    placeholder: schema['x-placeholder'] ?? '',
    entry,
    entryName: schema['x-entry'] ?? $localize`:of a list|:entry`,
    choices,
    least: schema.minimum ?? schema.minItems,
    most: schema.maximum ?? schema.maxItems,
    whole: schema.type === 'integer',
    longest: schema.maxLength ?? schema.propertyNames?.maxLength,
    initial: initialOf(schema, entry),
    nullable,
    required,
    requiredWhen: schema['x-required-when'] ?? {},
    shownWhen,
    serverModel: schema['x-server-model'] ?? null,
    secretsAddress: schema['x-secrets-address'] ?? null,
  };
}

function inputOf(schema: Schema, entry: readonly ConfigurationField[]): ConfigurationField['input'] {
  if (entry.length) return schema.items ? 'rows' : 'entries';
  if (schema.enum) return 'choice';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  return schema.type === 'boolean' ? 'check' : (schema['x-input'] ?? 'text');
}

function initialOf(schema: Schema, entry: readonly ConfigurationField[]): string {
  const rows = schema.items && Array.from({ length: schema.minItems ?? 0 }, () => ({}));
  const value = schema.default ?? rows ?? schema.enum?.[0];
  return value === undefined ? '' : written(value, entry);
}

function holds(condition: Condition, values: FieldValues): boolean {
  return Object.entries(condition).every(([path, wanted]) => wanted.includes(values[path] ?? ''));
}

function sent({ input, entry, nullable }: ConfigurationField, typed: string): unknown {
  if (input === 'check') return typed === 'true';
  if (input === 'entries') return mapped(entriesOf(typed), (values) => objectOf(entry, values));
  if (input === 'rows') return rowsOf(typed).map((values) => objectOf(entry, values));
  const text = typed.trim();
  if (text === '' && (nullable || input === 'number')) return nullable ? null : undefined;
  return input === 'number' ? Number(text) : text;
}

function valueAt(object: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined),
      object,
    );
}

function put(object: Record<string, unknown>, [name, ...rest]: readonly string[], value: unknown): void {
  if (name === undefined) return;
  if (rest.length) put((object[name] ??= {}) as Record<string, unknown>, rest, value);
  else object[name] = value;
}

/** As an input shows it. */
function written(value: unknown, entry: readonly ConfigurationField[] = []): string {
  if (value === null) return '';
  if (Array.isArray(value) && entry.length) return JSON.stringify(value.map((row: object) => valuesOf(entry, row)));
  if (entry.length) return JSON.stringify(mapped(value as Record<string, object>, (one) => valuesOf(entry, one)));
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function mapped<From, To>(object: Readonly<Record<string, From>>, to: (one: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(object).map(([name, one]) => [name, to(one)]));
}
