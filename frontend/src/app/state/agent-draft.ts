import { AgentChange, AgentDetail, NewAgent } from '../models/models';
import { Configuration, Kind, Source, sourcesOf } from './agent-words';

/** What is to become of an agent's key, which nobody is ever shown. */
export type KeyWish =
  | { readonly kind: 'keep' }
  | { readonly kind: 'replace'; readonly value: string }
  | { readonly kind: 'remove' };

/** What is to become of an agent's picture. */
export type PictureWish =
  | { readonly kind: 'keep' }
  | { readonly kind: 'replace'; readonly file: File; readonly image: ImageBitmap }
  | { readonly kind: 'remove' };

/** An agent as its form has it: numbers as they are typed, and what is left out as ''. */
export interface AgentDraft {
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
const EMPTY: AgentDraft = {
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
export function draftOf(agent: AgentDetail | null): AgentDraft {
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

/** The draft of another kind: its source stays where that kind has it too. */
export function ofKind(draft: AgentDraft, kind: Kind): AgentDraft {
  const source = sourcesOf(kind).some((one) => one.source === draft.source) ? draft.source : 'server';
  return { ...draft, kind, source };
}

export function sameDraft(one: AgentDraft, other: AgentDraft): boolean {
  return (Object.keys(one) as (keyof AgentDraft)[]).every((field) => one[field] === other[field]);
}

/** Whether the key that is stored was given for another address than the draft has. */
export function changesAddress(draft: AgentDraft, agent: AgentDetail | null): boolean {
  if (agent?.configuration.source !== 'own') return false;
  return draft.source === 'own' && address(draft.baseUrl) !== address(agent.configuration.base_url ?? '');
}

/** As the server compares them. */
function address(typed: string): string {
  return typed.trim().replace(/\/+$/, '') || OPENAI;
}

export function newAgent(draft: AgentDraft, key: KeyWish): NewAgent {
  const secrets = draft.source === 'own' && key.kind === 'replace' && key.value ? { api_key: key.value } : {};
  return { ...fields(draft), secrets };
}

/** What the draft changes, and no more: what somebody else has changed meanwhile stays. */
export function changeOf(draft: AgentDraft, key: KeyWish, stored: AgentDetail): AgentChange {
  const before = fields(draftOf(stored));
  const { secrets, ...wanted } = newAgent(draft, key);
  const differs = ([name, value]: [string, unknown]): boolean => JSON.stringify(value) !== JSON.stringify(before[name as keyof typeof before]);
  return { ...Object.fromEntries(Object.entries(wanted).filter(differs)), secrets: key.kind === 'remove' ? { api_key: null } : secrets };
}

function fields(draft: AgentDraft): Omit<NewAgent, 'secrets'> {
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    configuration: configuration(draft),
    system_prompt: draft.systemPrompt,
    enabled: draft.enabled,
  };
}

function configuration({ kind, source, baseUrl, model, temperature, maxTokens }: AgentDraft): Configuration {
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
