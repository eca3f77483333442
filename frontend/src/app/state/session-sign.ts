import { Session } from '../models/models';
import { hasEnded } from './events';

/** The dot of a session, and its words. `asks`: whether an agent in it has asked a person. */
export function sessionSign(status: Session['status'], asks = false): { dot: string; label: string } {
  if (asks) return { dot: 'warn', label: 'Waiting for a person' };
  if (!status) return { dot: 'none', label: 'No question yet' };
  if (status === 'waiting') return { dot: 'warn', label: 'Waiting' };
  if (!hasEnded(status)) return { dot: 'running', label: 'Running' };
  if (status === 'failed') return { dot: 'bad', label: 'Failed' };
  return status === 'cancelled' ? { dot: 'none', label: 'Stopped' } : { dot: 'ok', label: 'Finished' };
}
