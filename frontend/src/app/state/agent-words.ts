import { Agent, AgentDetail, SessionAgent } from '../models/models';

/** 'llama3.2 at localhost:11434', or where else its words come from; '' where no model is configured. */
export function modelWords(configuration: NonNullable<AgentDetail['configuration']>): string {
  if (!('source' in configuration)) return '';
  const { source, base_url, model } = configuration;
  if (source === 'none') return 'Built-in extraction';
  if (source !== 'own') return model?.name ? `${model.name}, by this server` : "This server's model";
  const host = base_url && URL.canParse(base_url) ? new URL(base_url).host : 'OpenAI';
  return `${model?.name ?? 'A model'} at ${host}`;
}

/** Why the server cannot use an agent, until it is configured again; '' when it can. */
export function problemWords({ kind, unavailable }: Agent): string {
  if (unavailable === 'unknown_kind') return `Not available: this server does not know the kind “${kind}”.`;
  return unavailable ? 'Not available: this server no longer accepts its configuration.' : '';
}

/** Why nobody answers in a session; '' when somebody does. */
export function unavailableReason({ name, state }: SessionAgent): string {
  if (state === 'disabled') return `${name} is disabled and does not answer.`;
  return state === 'deleted' ? 'The agent of this session was deleted. Nobody answers in it.' : '';
}
