import { clockTime } from './format';
import { Told } from './session-state';

/** What became of a message: 'Waiting to be read', 'Read by the agents at 12:03'. */
export function receipt({ delivery, reason, settledAt }: Told): string {
  switch (delivery) {
    case 'queued':
      return 'Waiting to be read';
    case 'steered':
      return `Read by the agents at ${clockTime(settledAt ?? 0).slice(0, 5)}`;
    case 'next-turn':
      return 'Asked next';
    case 'refused':
      return `Not read: ${reason ?? 'no reason was given.'}`;
  }
}
