import { NowRow } from '../models/models';
import { duration } from './format';
import { hasEnded } from './events';
import { money } from './spending-words';
import { waitsForWords } from './approval-words';

/** How a run stands, for who wants to know where to look. Those before others need more attention. */
export const HEALTHS = [
  'asks',
  'stuck',
  'over-budget',
  'failed',
  'waiting',
  'running',
  'queued',
  'stopped',
  'done',
] as const;
export type Health = (typeof HEALTHS)[number];

const WORDS: Readonly<Record<Health, string>> = {
  asks: $localize`Needs you`,
  stuck: $localize`:a run|:Stuck`,
  'over-budget': $localize`Over budget`,
  failed: $localize`:a run|:Failed`,
  waiting: $localize`:a run|:Waiting`,
  running: $localize`:a run|:Running`,
  queued: $localize`:a run|:Queued`,
  stopped: $localize`:a run|:Stopped`,
  done: $localize`:a run|:Done`,
};

const STOPPING = $localize`:a run|:Stopping…`;
const WORKING = $localize`:a run|:Working`;
const AGENT = $localize`Agent`;

/** A row as whoever looks sees it. `others`: what waits for a person waits for somebody else. */
export type SeenRow = NowRow & { readonly others?: boolean };

export function healthOf(row: SeenRow): Health {
  if (row.status === 'completed') return 'done';
  if (row.status === 'cancelled') return 'stopped';
  if (row.status !== 'failed' && (row.approvals ?? 0) > 0) return row.others ? 'waiting' : 'asks';
  if (row.finding) return 'stuck';
  return row.over_budget && row.status !== 'failed' ? 'over-budget' : row.status;
}

export function healthWords(health: Health): string {
  return WORDS[health];
}

/** How a run stands, or for whom it waits if that is somebody else. */
export function standing(row: SeenRow): string {
  const health = healthOf(row);
  return health === 'waiting' && row.others && (row.approvals ?? 0) > 0
    ? waitsForWords(row.waits_for ?? [])
    : healthWords(health);
}

/** The dot that stands for it, as everywhere. */
export function healthDot(health: Health): string {
  if (health === 'running') return 'running';
  if (health === 'failed' || health === 'stuck') return 'bad';
  if (health === 'done') return 'ok';
  return health === 'asks' || health === 'over-budget' || health === 'waiting' ? 'warn' : 'none';
}

/** What is going on in a run, or what came of it. */
export function nowWords(row: NowRow): string {
  if (row.stopping) return STOPPING;
  if (row.finding) return row.finding;
  if (row.status === 'running' && row.step) return row.step.action;
  if (row.reason) return row.reason;
  if (row.step) return row.step.action;
  return row.status === 'running' ? WORKING : '';
}

/** Who works on the step that is told of, where that is not whom was asked. */
export function workerOf(row: NowRow): string {
  const worker = nowWords(row) === row.step?.action ? row.step.agent_name : '';
  return worker === nameOf(row) ? '' : worker;
}

export function nameOf(row: NowRow): string {
  return row.agent_name ?? row.step?.agent_name ?? AGENT;
}

/** For how long it has been so: the step of one that runs, else its status. */
export function sinceOf(row: NowRow): number {
  return Date.parse(row.status === 'running' && row.step ? row.step.since : row.since);
}

/** '12 s', '3 min 05 s': whole seconds, so that a hundred of them do not flicker. */
export function forHowLong(row: NowRow, now: number): string {
  const ms = Math.max(0, now - sinceOf(row));
  return ms < 60_000 ? `${Math.floor(ms / 1000)} s` : duration(Math.floor(ms / 1000) * 1000);
}

export function tokensOf(row: NowRow): number {
  return (row.input_tokens ?? 0) + (row.output_tokens ?? 0);
}

const short = new Intl.NumberFormat($localize.locale ?? 'en', { notation: 'compact', maximumFractionDigits: 1 });

/** '18.2K'; '' for a run whose tokens nobody has counted. */
export function tokenWords(row: NowRow): string {
  const all = tokensOf(row);
  return all === 0 ? '' : short.format(all);
}

/** '2.10 EUR'; '' where no price is known. */
export function costWords({ cost, currency }: NowRow): string {
  return cost === undefined || cost === null || !currency ? '' : money({ currency, micros: cost });
}

export function isOver(row: NowRow): boolean {
  return hasEnded(row.status);
}
