import { KindCapabilities } from '../models/models';
import { Millis, Run } from './session-state';

/** Who answers a run, as far as that is known. */
export interface Answering {
  readonly name: string;
  readonly can?: KindCapabilities | null;
}

/** What stopping a run will do: said before somebody tries. */
export function stopTitle({ question }: Run, agent: Answering | null): string {
  const asked = question ?? '';
  if (agent?.can?.stop !== 'best-effort') return $localize`Stop the answer to “${asked}:question:”`;
  return $localize`Stop the answer to “${asked}:question:”. ${agent.name}:agent: may go on with what it has begun outside; Ringside then stops listening.`;
}

/** Why a run cannot be paused; '' when it can. */
export function cannotPause(run: Run, agent: Answering | null): string {
  if (run.status !== 'running' || agent?.can?.pause !== 'no') return '';
  return $localize`${agent.name}:agent: cannot pause what it has begun. Stop it, or let it finish.`;
}

/** What pausing or resuming a run will do. */
export function pauseTitle(run: Run, agent: Answering | null): string {
  const question = run.question ?? '';
  if (run.pausedAt !== null) return $localize`Go on with “${question}:question:”`;
  if (run.status === 'queued') return $localize`Do not begin “${question}:question:” until it is resumed`;
  if (run.status === 'waiting')
    return $localize`Let “${question}:question:” wait until it is resumed, whatever comes for it`;
  const refused = cannotPause(run, agent);
  if (refused) return refused;
  if (agent?.can?.pause === 'best-effort')
    return $localize`Pause “${question}:question:” where it next waits. What ${agent.name}:agent: has begun outside goes on until then.`;
  return $localize`Pause “${question}:question:” after the step that runs now. Nothing is done twice.`;
}

/** 'just now', '3 min ago', '2 h ago', '4 days ago'. */
export function ago(since: Millis, now: Millis): string {
  const minutes = Math.floor((now - since) / 60_000);
  if (minutes < 1) return $localize`just now`;
  if (minutes < 120) return $localize`${minutes}:minutes: min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? $localize`${hours}:hours: h ago` : $localize`${Math.floor(hours / 24)}:days: days ago`;
}

/** 'Paused by Ada, 3 min ago', or, where more is to be said, 'Its budget is used up. Raise it. (3 min ago)'. */
export function pausedWords({ reason, pausedAt }: Run, now: Millis): string {
  const [words, since] = [reason ?? $localize`Paused.`, ago(pausedAt ?? now, now)];
  return /^[^.]*\.$/.test(words) ? `${words.slice(0, -1)}, ${since}` : `${words} (${since})`;
}
