import { NowEvent, NowRow } from '../models/models';

/** The names of the events of the stream. */
export const NOW_EVENTS = ['nowRow', 'nowGone', 'nowReady', 'reset', 'heartbeat'] as const;

/** What is known of now. After a reset, what has not been told again is stale until everything has been told. */
export interface NowRows {
  readonly rows: ReadonlyMap<string, NowRow>;
  readonly stale: ReadonlySet<string>;
  /** Whether all rows have been told once. */
  readonly ready: boolean;
}

export const NOTHING_KNOWN: NowRows = { rows: new Map(), stale: new Set(), ready: false };

/** Events after one another, as they came: what is known after them. */
export function foldNow(before: NowRows, events: readonly NowEvent[]): NowRows {
  const rows = new Map(before.rows);
  let stale = new Set(before.stale);
  let { ready } = before;
  for (const event of events) {
    switch (event.type) {
      case 'nowRow':
        rows.set(event.row_id, event);
        stale.delete(event.row_id);
        break;
      case 'nowGone':
        rows.delete(event.row_id);
        stale.delete(event.row_id);
        break;
      case 'reset':
        stale = new Set(rows.keys());
        break;
      case 'nowReady':
        for (const id of stale) rows.delete(id);
        stale = new Set();
        ready = true;
    }
  }
  return { rows, stale, ready };
}
