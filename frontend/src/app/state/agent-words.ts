import { Agent, AgentDetail, BackendKind, Info, KindCapabilities, SessionAgent } from '../models/models';
import { ServerModel, fieldsOf } from './configuration-fields';

/** 'llama3.2 at localhost:11434', or what answers in place of a model; '' for a kind whose agents choose no model. */
export function modelWords(
  configuration: NonNullable<AgentDetail['configuration']>,
  kind: BackendKind,
  server: Info | null,
): string {
  const offered = fieldsOf(kind).find(({ serverModel }) => serverModel)?.serverModel;
  if (!offered || !('source' in configuration)) return '';
  const { source, base_url, model } = configuration;
  if (source === 'none') return offered.without ?? '';
  if (source !== 'own') return serverModel(offered, model?.name ?? null, server);
  const host = base_url && URL.canParse(base_url) ? new URL(base_url).host : 'OpenAI';
  return `${model?.name ?? 'A model'} at ${host}`;
}

/** Why the server cannot use an agent, until it is configured again; '' when it can. */
export function problemWords({ kind, unavailable }: Agent): string {
  if (unavailable === 'unknown_kind') return `Not available: this server does not know the kind “${kind}”.`;
  return unavailable ? 'Not available: this server no longer accepts its configuration.' : '';
}

const ABILITIES: Readonly<Record<keyof KindCapabilities, string>> = {
  stream: 'streaming',
  stop: 'stopping',
  pause: 'pausing',
  steer: 'messages while it works',
  approve: 'approvals',
  read_documents: 'documents',
  rerun: 'running again from a step',
  hold_tools: 'rules about its tools',
};

/** What agents of a kind cannot do, or only as well as another system lets them; '' when there is nothing of that. */
export function limitWords(can: KindCapabilities): string {
  const words = (Object.keys(ABILITIES) as (keyof KindCapabilities)[]).map(
    (one) => [ABILITIES[one], can[one]] as const,
  );
  const those = (degree: KindCapabilities['stop']): string =>
    words.flatMap(([word, found]) => (found === degree ? [word] : [])).join(', ');
  const [none, some] = [those('no'), those('best-effort')];
  return [none && `Not supported: ${none}.`, some && `Best effort: ${some}.`].filter(Boolean).join(' ');
}

/** Why nobody answers in a session; '' when somebody does. */
export function unavailableReason({ name, state }: SessionAgent): string {
  if (state === 'disabled') return `${name} is disabled and does not answer.`;
  return state === 'deleted' ? 'The agent of this session was deleted. Nobody answers in it.' : '';
}

function serverModel({ needed, without }: ServerModel, name: string | null, server: Info | null): string {
  if (server?.mode === 'built-in') return (needed ? null : without) ?? 'None: this server has no model';
  const chosen = name ?? server?.model;
  return chosen ? `${chosen}, by this server` : "This server's model";
}

/** Why a question to an agent that works outside Ringside waits; '' while one of its workers is there. */
export function absentWorkers({ name, kind, workers }: Agent, now: number): string {
  if (!workers || workers.connected.length > 0) return '';
  const minutes = workers.last_seen_at ? Math.floor((now - Date.parse(workers.last_seen_at)) / 60_000) : null;
  const since =
    minutes === null
      ? 'none is connected'
      : minutes < 120
        ? `none has asked for ${Math.max(1, minutes)} ${minutes <= 1 ? 'minute' : 'minutes'}`
        : `none has asked for ${Math.floor(minutes / 60)} hours`;
  const what = kind === 'browser' ? ' Open the page Worker in a browser, and start it.' : ' Start its program.';
  return `Waiting for a worker of “${name}”: ${since}.${what}`;
}
