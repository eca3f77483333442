import { KindCapabilities } from '../models/models';
import { Answering } from './control-words';
import { activeRun } from './conversation';
import { NO_RUN, Run } from './session-state';

export type Can = KindCapabilities['steer'];

/** The run whose agents can be told something now: that of this server, or the newest one that a program reports. */
export function runToTell(runs: readonly Run[]): Run | null {
  const reported = (run: Run): boolean => !run.ours && run.announced && run.endedAt === null && run.id !== NO_RUN;
  return activeRun(runs) ?? runs.findLast(reported) ?? null;
}

/** Whether the agents of a run read messages; null where nobody has said. */
export function canTell(run: Run, agent: Answering | null): Can | null {
  return run.ours ? (agent?.can?.steer ?? null) : 'best-effort';
}

/** What telling the agents of a run does: said before somebody tries. */
export function tellTitle(run: Run, agent: Answering | null): string {
  if (!run.ours)
    return $localize`They read it if the program that works on this run takes messages, as the SDK and hooks do.`;
  if (agent?.can?.steer === 'no')
    return $localize`${agent.name}:agent: reads no messages while it works. It is asked next.`;
  return $localize`They read it at their next step, if they use a model. Else it is asked next.`;
}

/** Of the button of the composer; `tells`: the other button beside it tells the agents at once. */
export function sendWords(busy: boolean, tells: boolean): string {
  if (busy) return $localize`Sending…`;
  return tells ? $localize`:ask it as the next question|:Ask next` : $localize`Send`;
}
