import { AgentDetail, SessionAgent } from '../models/models';

export type Kind = AgentDetail['kind'];
export type Configuration = AgentDetail['configuration'];
export type Source = NonNullable<Configuration['source']>;

export const KINDS: readonly { readonly kind: Kind; readonly label: string; readonly does: string }[] = [
  {
    kind: 'documents',
    label: 'Answers from documents',
    does: 'Several agents read the documents, search, calculate, write and check. Every sentence cites its source.',
  },
  { kind: 'chat', label: 'Chats without documents', does: 'One model answers from the conversation alone.' },
];

const SOURCES: readonly { readonly source: Source; readonly label: string; readonly kinds: readonly Kind[] }[] = [
  { source: 'server', label: "This server's model", kinds: ['documents', 'chat'] },
  { source: 'own', label: 'Its own model server', kinds: ['documents', 'chat'] },
  { source: 'none', label: 'Built-in extraction, without a model', kinds: ['documents'] },
];

export function kindWords(kind: Kind): string {
  return KINDS.find((one) => one.kind === kind)?.label ?? kind;
}

/** Where an agent of this kind can have its model from. */
export function sourcesOf(kind: Kind): readonly { readonly source: Source; readonly label: string }[] {
  return SOURCES.filter(({ kinds }) => kinds.includes(kind));
}

/** 'llama3.2 at localhost:11434', or where else its words come from. */
export function modelWords({ source, base_url, model }: Configuration): string {
  if (source === 'none') return 'Built-in extraction';
  if (source !== 'own') return model?.name ? `${model.name}, by this server` : "This server's model";
  const host = base_url && URL.canParse(base_url) ? new URL(base_url).host : 'OpenAI';
  return `${model?.name ?? 'A model'} at ${host}`;
}

/** Why nobody answers in a session; '' when somebody does. */
export function unavailableReason({ name, state }: SessionAgent): string {
  if (state === 'disabled') return `${name} is disabled and does not answer.`;
  return state === 'deleted' ? 'The agent of this session was deleted. Nobody answers in it.' : '';
}
