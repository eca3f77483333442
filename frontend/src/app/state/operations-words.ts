import { AgentProcess, OpenRun, RetentionRule } from '../models/models';
import { duration, moment } from './format';

const PARTS: Readonly<Record<string, string>> = {
  database: $localize`The database does not answer.`,
  log: $localize`The log cannot be read.`,
  disk: $localize`The disk of DATA_DIR is full.`,
  runner: $localize`No agent process is running: runs wait.`,
  audit: $localize`The audit trail is not taken by where it is streamed to; it is sent again and again.`,
  doorbell: $localize`The doorbell is out of order: streams lag by a second or so.`,
};

/** What a server cannot do, in a sentence. */
export function failureWords(part: string): string {
  return PARTS[part] ?? part;
}

/** The host and the process: a worker outside is named whole. */
export function holder(owner: string | null): string {
  const [host, pid] = (owner ?? '').split('/');
  if (host && pid && /^\d+$/.test(pid)) return $localize`${host}:host:, process ${pid}:pid:`;
  const [, name] = /^outside\/[^/]*\/(.*)$/s.exec(owner ?? '') ?? [];
  return name === undefined ? (owner ?? '') : $localize`worker ${name}:name:`;
}

/** How long ago a moment was, in whole seconds: a tenth that changes at every look is no news. */
export function ago(moment: string | null, now: number): string {
  if (moment === null) return '';
  const seconds = Math.max(0, Math.round((now - Date.parse(moment)) / 1000));
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1000);
}

/** How it is with a run that is at work. */
export function runState({ stopping, losses }: OpenRun): string {
  const several = losses > 1 ? $localize`lost ${losses}:count: processes` : '';
  const lost = losses === 1 ? $localize`lost a process` : several;
  return [stopping ? $localize`:a run|:stopping` : '', lost].filter(Boolean).join(', ');
}

/** The runs that a process holds. */
export function heldBy({ owner }: AgentProcess, runs: readonly OpenRun[]): readonly OpenRun[] {
  return runs.filter((run) => run.owner === owner);
}

/** `time`: 'for 30 days'. */
const KEPT: Readonly<Record<RetentionRule['what'], (time: string) => string>> = {
  sessions: (time) => $localize`Sessions without activity are kept ${time}:time:.`,
  documents: (time) => $localize`Documents are kept ${time}:time:.`,
  audit: (time) => $localize`Audit entries are kept ${time}:time:.`,
};
const CHANGES: Readonly<Record<RetentionRule['what'], (before: string, day: string, then: string) => string>> = {
  sessions: (before, day, then) =>
    $localize`Sessions without activity are kept ${before}:before: until ${day}:day:, then ${then}:then:.`,
  documents: (before, day, then) =>
    $localize`Documents are kept ${before}:before: until ${day}:day:, then ${then}:then:.`,
  audit: (before, day, then) =>
    $localize`Audit entries are kept ${before}:before: until ${day}:day:, then ${then}:then:.`,
};

/** How long something is kept; what was set a short while ago is not in force yet. */
export function retentionWords({ what, days, begins_at, former_days }: RetentionRule, now: number): string {
  const begins = Date.parse(begins_at);
  return begins > now
    ? CHANGES[what](keptFor(former_days), moment(begins, now), keptFor(days))
    : KEPT[what](keptFor(days));
}

function keptFor(days: number | null): string {
  if (days === null) return $localize`:how long something is kept|:for ever`;
  return days === 1
    ? $localize`:how long something is kept|:for one day`
    : $localize`:how long something is kept|:for ${days}:count: days`;
}
