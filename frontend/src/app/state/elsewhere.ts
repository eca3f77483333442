import { Session } from '../models/models';
import { Run } from './session-state';

/**
 * Whether agents outside Ringside fill a session: nothing in it is of this server's queue. Before its past is there, the
 * newest run tells.
 */
export function filledElsewhere(runs: readonly Run[], newest: Session['last_run']): boolean {
  const reported = newest?.reported === true;
  if (runs.length === 0) return reported;
  return runs.every((run) => !run.ours || (reported && run.id === newest.id));
}
