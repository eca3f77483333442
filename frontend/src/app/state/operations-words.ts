import { AgentProcess, OpenRun, RetentionRule } from '../models/models';
import { duration, moment } from './format';

const PARTS: Readonly<Record<string, string>> = {
  database: 'The database does not answer.',
  log: 'The log cannot be read.',
  disk: 'The disk of DATA_DIR is full.',
  runner: 'No agent process is running: runs wait.',
  audit: 'The audit trail is not taken by where it is streamed to; it is sent again and again.',
  doorbell: 'The doorbell is out of order: streams lag by a second or so.',
};

/** What a server cannot do, in a sentence. */
export function failureWords(part: string): string {
  return PARTS[part] ?? part;
}

/** The host and the process: a worker outside is named whole. */
export function holder(owner: string | null): string {
  const [host, pid] = (owner ?? '').split('/');
  return host && pid && /^\d+$/.test(pid)
    ? `${host}, process ${pid}`
    : (owner ?? '').replace(/^outside\/[^/]*\//, 'worker ');
}

/** How long ago a moment was, in whole seconds: a tenth that changes at every look is no news. */
export function ago(moment: string | null, now: number): string {
  if (moment === null) return '';
  const seconds = Math.max(0, Math.round((now - Date.parse(moment)) / 1000));
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1000);
}

/** How it is with a run that is at work. */
export function runState({ stopping, losses }: OpenRun): string {
  const lost = losses === 1 ? 'lost a process' : losses > 1 ? `lost ${losses} processes` : '';
  return [stopping ? 'stopping' : '', lost].filter(Boolean).join(', ');
}

/** The runs that a process holds. */
export function heldBy({ owner }: AgentProcess, runs: readonly OpenRun[]): readonly OpenRun[] {
  return runs.filter((run) => run.owner === owner);
}

const KEPT: Readonly<Record<RetentionRule['what'], string>> = {
  sessions: 'Sessions without activity',
  documents: 'Documents',
  audit: 'Audit entries',
};

/** How long something is kept; what was set a short while ago is not in force yet. */
export function retentionWords({ what, days, begins_at, former_days }: RetentionRule, now: number): string {
  const pending = Date.parse(begins_at) > now;
  const until = pending ? `${keptFor(former_days)} until ${moment(Date.parse(begins_at), now)}, then ` : '';
  return `${KEPT[what]} are kept ${until}${keptFor(days)}.`;
}

function keptFor(days: number | null): string {
  return days === null ? 'for ever' : days === 1 ? 'for one day' : `for ${days} days`;
}
