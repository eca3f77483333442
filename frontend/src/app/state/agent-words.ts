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
  return model?.name ? $localize`${model.name}:model: at ${host}:host:` : $localize`A model at ${host}:host:`;
}

/** Why the server cannot use an agent, until it is configured again; '' when it can. */
export function problemWords({ kind, unavailable }: Agent): string {
  if (unavailable === 'unknown_kind')
    return $localize`Not available: this server does not know the kind “${kind}:kind:”.`;
  return unavailable ? $localize`Not available: this server no longer accepts its configuration.` : '';
}

const ABILITIES: Readonly<Record<keyof KindCapabilities, string>> = {
  stream: $localize`:an ability of an agent, in a list|:streaming`,
  stop: $localize`:an ability of an agent, in a list|:stopping`,
  pause: $localize`:an ability of an agent, in a list|:pausing`,
  steer: $localize`:an ability of an agent, in a list|:messages while it works`,
  approve: $localize`:an ability of an agent, in a list|:approvals`,
  read_documents: $localize`:an ability of an agent, in a list|:documents`,
  rerun: $localize`:an ability of an agent, in a list|:running again from a step`,
  hold_tools: $localize`:an ability of an agent, in a list|:rules about its tools`,
};

/** What agents of a kind cannot do, or only as well as another system lets them; '' when there is nothing of that. */
export function limitWords(can: KindCapabilities): string {
  const words = (Object.keys(ABILITIES) as (keyof KindCapabilities)[]).map(
    (one) => [ABILITIES[one], can[one]] as const,
  );
  const those = (degree: KindCapabilities['stop']): string =>
    words.flatMap(([word, found]) => (found === degree ? [word] : [])).join(', ');
  const [none, some] = [those('no'), those('best-effort')];
  return [none && $localize`Not supported: ${none}:abilities:.`, some && $localize`Best effort: ${some}:abilities:.`]
    .filter(Boolean)
    .join(' ');
}

/** Why nobody answers in a session; '' when somebody does. */
export function unavailableReason({ name, state }: SessionAgent): string {
  if (state === 'disabled') return $localize`${name}:agent: is disabled and does not answer.`;
  return state === 'deleted' ? $localize`The agent of this session was deleted. Nobody answers in it.` : '';
}

function serverModel({ needed, without }: ServerModel, name: string | null, server: Info | null): string {
  if (server?.mode === 'built-in') return (needed ? null : without) ?? $localize`None: this server has no model`;
  const chosen = name ?? server?.model;
  return chosen ? $localize`${chosen}:model:, by this server` : $localize`This server's model`;
}

/** Why a question to an agent that works outside Ringside waits; '' while one of its workers is there. */
export function absentWorkers({ name, kind, workers }: Agent, now: number): string {
  if (!workers || workers.connected.length > 0) return '';
  const minutes = workers.last_seen_at ? Math.floor((now - Date.parse(workers.last_seen_at)) / 60_000) : null;
  const what =
    kind === 'browser' ? $localize`Open the page Worker in a browser, and start it.` : $localize`Start its program.`;
  return `${waitingWords(name, minutes)} ${what}`;
}

/** `minutes`: since when none has asked; null: none is connected. */
function waitingWords(name: string, minutes: number | null): string {
  if (minutes === null) return $localize`Waiting for a worker of “${name}:agent:”: none is connected.`;
  if (minutes <= 1) return $localize`Waiting for a worker of “${name}:agent:”: none has asked for 1 minute.`;
  if (minutes < 120)
    return $localize`Waiting for a worker of “${name}:agent:”: none has asked for ${minutes}:count: minutes.`;
  return $localize`Waiting for a worker of “${name}:agent:”: none has asked for ${Math.floor(minutes / 60)}:count: hours.`;
}
