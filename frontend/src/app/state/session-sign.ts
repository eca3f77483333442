import { Session } from '../models/models';
import { hasEnded } from './events';

const ASKS = $localize`Waiting for a person`;
const EMPTY = $localize`No question yet`;
const WAITING = $localize`:a run|:Waiting`;
const RUNNING = $localize`:a run|:Running`;
const FAILED = $localize`:a run|:Failed`;
const STOPPED = $localize`:a run|:Stopped`;
const FINISHED = $localize`:a run|:Finished`;

/** The dot of a session, and its words. `asks`: whether an agent in it has asked a person. */
export function sessionSign(status: Session['status'], asks = false): { dot: string; label: string } {
  if (asks) return { dot: 'warn', label: ASKS };
  if (!status) return { dot: 'none', label: EMPTY };
  if (status === 'waiting') return { dot: 'warn', label: WAITING };
  if (!hasEnded(status)) return { dot: 'running', label: RUNNING };
  if (status === 'failed') return { dot: 'bad', label: FAILED };
  return status === 'cancelled' ? { dot: 'none', label: STOPPED } : { dot: 'ok', label: FINISHED };
}
