import { NowRow } from '../app/models/models';

export const MOMENT = '2026-03-14T09:00:00Z';

/** A row of a run of the session `id` that runs. */
export function nowRow(id: string, given: Partial<NowRow> = {}): NowRow & { type: 'nowRow' } {
  return {
    row_id: `${id}/run-1`,
    session_id: id,
    session_title: `Session ${id}`,
    run_id: 'run-1',
    status: 'running',
    since: MOMENT,
    created_at: MOMENT,
    agent_name: 'Lookout',
    ...given,
    type: 'nowRow',
  };
}
