import { NowRow } from '../models/models';
import { HEALTHS, Health, healthOf, healthWords, nameOf, nowWords, tokensOf } from './now-words';

export type NowSort = 'attention' | 'newest' | 'longest' | 'tokens' | 'cost';
export type NowGroup = 'none' | 'agent' | 'status';

/** What of now is shown and how, as the address says. */
export interface NowChoice {
  readonly status: Health | null;
  readonly agent: string | null;
  readonly text: string;
  readonly sort: NowSort;
  readonly group: NowGroup;
}

export const ALL_OF_NOW: NowChoice = { status: null, agent: null, text: '', sort: 'attention', group: 'none' };

/** A row in its place. `row` is as it was when it was given its place. */
export interface Placed {
  readonly row: NowRow;
  readonly group: string;
}

export interface OrderNews {
  readonly added: number;
  readonly moved: boolean;
}

/** A line of the table: a run, or the heading of those below it. */
export type NowLine =
  | { readonly kind: 'row'; readonly id: string; readonly row: NowRow; readonly gone: boolean }
  | { readonly kind: 'heading'; readonly id: string; readonly name: string; readonly count: number };

const SORTS: readonly NowSort[] = ['attention', 'newest', 'longest', 'tokens', 'cost'];
const GROUPS: readonly NowGroup[] = ['none', 'agent', 'status'];

export function choiceFrom(query: Readonly<Record<string, string | undefined>>): NowChoice {
  return {
    status: oneOf(HEALTHS, query['status']) ?? null,
    agent: query['agent'] ?? null,
    text: query['text'] ?? '',
    sort: oneOf(SORTS, query['sort']) ?? 'attention',
    group: oneOf(GROUPS, query['group']) ?? 'none',
  };
}

/** For the address: null takes it away. */
export function choiceQuery(choice: NowChoice): Record<string, string | null> {
  return {
    status: choice.status,
    agent: choice.agent,
    text: choice.text || null,
    sort: choice.sort === 'attention' ? null : choice.sort,
    group: choice.group === 'none' ? null : choice.group,
  };
}

export function isChosen(row: NowRow, { status, agent, text }: NowChoice): boolean {
  if (status !== null && healthOf(row) !== status) return false;
  if (agent !== null && nameOf(row) !== agent) return false;
  const wanted = text.trim().toLowerCase();
  return wanted === '' || searched(row).includes(wanted);
}

export function countsOf(rows: Iterable<NowRow>): ReadonlyMap<Health, number> {
  const counts = new Map<Health, number>(HEALTHS.map((health) => [health, 0]));
  for (const row of rows) counts.set(healthOf(row), (counts.get(healthOf(row)) ?? 0) + 1);
  return counts;
}

export function agentsOf(rows: Iterable<NowRow>): readonly string[] {
  return [...new Set(Array.from(rows, nameOf))].sort((one, other) => one.localeCompare(other));
}

/** What is chosen, in the order of the choice. */
export function orderOf(rows: Iterable<NowRow>, choice: NowChoice): readonly Placed[] {
  const compare = comparing(choice.sort);
  const chosen = Array.from(rows)
    .filter((row) => isChosen(row, choice))
    .sort((one, other) => compare(one, other) || one.row_id.localeCompare(other.row_id));
  if (choice.group === 'none') return chosen.map((row) => ({ row, group: '' }));
  const names = choice.group === 'agent' ? agentsOf(chosen) : HEALTHS.map(healthWords);
  return names.flatMap((group) =>
    chosen.filter((row) => groupOf(row, choice.group) === group).map((row) => ({ row, group })),
  );
}

/** The lines of an order, with the rows as they are now. A row that has gone meanwhile is shown as it was. */
export function linesOf(order: readonly Placed[], rows: ReadonlyMap<string, NowRow>): readonly NowLine[] {
  const lines: NowLine[] = [];
  let heading: string | null = '';
  for (const { row, group } of order) {
    if (group !== heading) {
      const count = order.filter((other) => other.group === group).length;
      lines.push({ kind: 'heading', id: `heading ${group}`, name: group, count });
      heading = group;
    }
    const known = rows.get(row.row_id);
    lines.push({ kind: 'row', id: row.row_id, row: known ?? row, gone: !known });
  }
  return lines;
}

/** How an order that is kept differs from the one that would be made now. */
export function newsOf(kept: readonly Placed[], fresh: readonly Placed[]): OrderNews {
  const known = new Set(kept.map(({ row }) => row.row_id));
  const added = fresh.filter(({ row }) => !known.has(row.row_id)).length;
  const same = kept.length === fresh.length && kept.every(({ row }, at) => fresh[at]?.row.row_id === row.row_id);
  return { added, moved: !same };
}

function groupOf(row: NowRow, group: NowGroup): string {
  if (group === 'agent') return nameOf(row);
  return group === 'status' ? healthWords(healthOf(row)) : '';
}

function comparing(sort: NowSort): (one: NowRow, other: NowRow) => number {
  if (sort === 'tokens') return (one, other) => tokensOf(other) - tokensOf(one);
  if (sort === 'cost') return (one, other) => (other.cost ?? -1) - (one.cost ?? -1) || tokensOf(other) - tokensOf(one);
  if (sort === 'longest') return (one, other) => begun(one) - begun(other);
  if (sort === 'newest') return (one, other) => begun(other) - begun(one);
  return (one, other) => rank(one) - rank(other) || ended(other) - ended(one) || begun(other) - begun(one);
}

function rank(row: NowRow): number {
  return HEALTHS.indexOf(healthOf(row));
}

function begun(row: NowRow): number {
  return Date.parse(row.started_at ?? row.created_at);
}

function ended(row: NowRow): number {
  return row.ended_at ? Date.parse(row.ended_at) : 0;
}

function searched(row: NowRow): string {
  return `${row.session_title}\n${nameOf(row)}\n${row.step?.agent_name ?? ''}\n${nowWords(row)}`.toLowerCase();
}

function oneOf<T extends string>(all: readonly T[], wanted: string | undefined): T | undefined {
  return all.find((one) => one === wanted);
}
