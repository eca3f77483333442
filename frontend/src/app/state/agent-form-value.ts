import { AgentChange, AgentDetail, NewAgent } from '../models/models';
import { Configuration, Kind, Source, sourcesOf } from './agent-words';

/** What is to become of an agent's key, which nobody is ever shown. */
export type KeyChange =
  { readonly kind: 'keep' } | { readonly kind: 'replace'; readonly value: string } | { readonly kind: 'remove' };

/** What is to become of an agent's picture. */
export type PictureChange =
  | { readonly kind: 'keep' }
  | { readonly kind: 'replace'; readonly file: File; readonly image: ImageBitmap }
  | { readonly kind: 'remove' };

/** An agent as its form has it: numbers as they are typed, and what is left out as ''. */
export interface AgentFormValue {
  readonly name: string;
  readonly description: string;
  readonly kind: Kind;
  readonly source: Source;
  readonly baseUrl: string;
  readonly model: string;
  readonly temperature: string;
  readonly maxTokens: string;
  readonly systemPrompt: string;
  readonly enabled: boolean;
}

/** Where a model server of one's own is when no address is given. */
const OPENAI = 'https://api.openai.com/v1';
const EMPTY: AgentFormValue = {
  name: '',
  description: '',
  kind: 'documents',
  source: 'server',
  baseUrl: '',
  model: '',
  temperature: '',
  maxTokens: '',
  systemPrompt: '',
  enabled: true,
};

/** As it is stored; an empty form for a new one. */
export function formValueOf(agent: AgentDetail | null): AgentFormValue {
  if (!agent) return EMPTY;
  const { source, base_url, model } = agent.configuration;
  return {
    name: agent.name,
    description: agent.description,
    kind: agent.kind,
    source: source ?? 'server',
    baseUrl: base_url ?? '',
    model: model?.name ?? '',
    temperature: model?.temperature?.toString() ?? '',
    maxTokens: model?.max_tokens?.toString() ?? '',
    systemPrompt: agent.system_prompt,
    enabled: agent.enabled,
  };
}

/** The form of an agent of another kind: its source stays where that kind has it too. */
export function ofKind(value: AgentFormValue, kind: Kind): AgentFormValue {
  const source = sourcesOf(kind).some((one) => one.source === value.source) ? value.source : 'server';
  return { ...value, kind, source };
}

export function sameFormValue(one: AgentFormValue, other: AgentFormValue): boolean {
  return (Object.keys(one) as (keyof AgentFormValue)[]).every((field) => one[field] === other[field]);
}

/** Whether the key that is stored was given for another address than the form has. */
export function changesAddress(value: AgentFormValue, agent: AgentDetail | null): boolean {
  if (agent?.configuration.source !== 'own') return false;
  return value.source === 'own' && address(value.baseUrl) !== address(agent.configuration.base_url ?? '');
}

/** As the server compares them. */
function address(typed: string): string {
  return typed.trim().replace(/\/+$/, '') || OPENAI;
}

export function newAgent(value: AgentFormValue, key: KeyChange): NewAgent {
  const secrets = value.source === 'own' && key.kind === 'replace' && key.value ? { api_key: key.value } : {};
  return { ...fields(value), secrets };
}

/** What the form changes, and no more: what somebody else has changed meanwhile stays. */
export function changeOf(value: AgentFormValue, key: KeyChange, stored: AgentDetail): AgentChange {
  const before = fields(formValueOf(stored));
  const { secrets, ...wanted } = newAgent(value, key);
  const differs = ([name, value]: [string, unknown]): boolean =>
    JSON.stringify(value) !== JSON.stringify(before[name as keyof typeof before]);
  return {
    ...Object.fromEntries(Object.entries(wanted).filter(differs)),
    secrets: key.kind === 'remove' ? { api_key: null } : secrets,
  };
}

function fields(value: AgentFormValue): Omit<NewAgent, 'secrets'> {
  return {
    name: value.name.trim(),
    description: value.description.trim(),
    configuration: configuration(value),
    system_prompt: value.systemPrompt,
    enabled: value.enabled,
  };
}

function configuration({ kind, source, baseUrl, model, temperature, maxTokens }: AgentFormValue): Configuration {
  // What the form does not show at this source is not sent either.
  const settings =
    source === 'none'
      ? { name: null, temperature: null, max_tokens: null }
      : { name: model.trim() || null, temperature: number(temperature), max_tokens: number(maxTokens) };
  return { kind, source, base_url: source === 'own' ? baseUrl.trim() || null : null, model: settings } as Configuration;
}

function number(typed: string): number | null {
  return typed.trim() === '' ? null : Number(typed);
}
