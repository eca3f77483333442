import { clockTime } from './format';
import { Told } from './session-state';

/** What became of a message: 'Waiting to be read', 'Read by the agents at 12:03'. */
export function receipt({ delivery, reason, settledAt }: Told): string {
  switch (delivery) {
    case 'queued':
      return $localize`Waiting to be read`;
    case 'steered':
      return $localize`Read by the agents at ${clockTime(settledAt ?? 0).slice(0, 5)}:time:`;
    case 'next-turn':
      return $localize`Asked next`;
    case 'refused':
      return reason ? $localize`Not read: ${reason}:reason:` : $localize`Not read: no reason was given.`;
  }
}
