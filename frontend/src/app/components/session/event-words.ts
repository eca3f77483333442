import { Agent } from '../../state/session-state';

/** What an event or a step is about. Looked up, and not put into words for each of hundreds of lines. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['step', $localize`:kind of a step or an event|:step`],
  ['tool', $localize`:kind of a step or an event|:tool`],
  ['model', $localize`:kind of a step or an event|:model`],
  ['handoff', $localize`:kind of a step or an event|:handoff`],
  ['approval', $localize`:kind of a step or an event|:approval`],
  ['other', $localize`:kind of a step or an event|:other`],
  ['agent', $localize`:kind of a step or an event|:agent`],
  ['message', $localize`:kind of a step or an event|:message`],
  ['reasoning', $localize`:kind of a step or an event|:reasoning`],
  ['run', $localize`:kind of a step or an event|:run`],
  ['error', $localize`:kind of a step or an event|:error`],
]);

/** How far a step, an agent, a run or a message is. */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ['started', $localize`:status of a step|:started`],
  ['in-progress', $localize`:status of a step|:in-progress`],
  ['completed', $localize`:status of a step or a run|:completed`],
  ['failed', $localize`:status of a step or a run|:failed`],
  ['cancelled', $localize`:status of a step or a run|:cancelled`],
  ['waiting', $localize`:status of a step or a run|:waiting`],
  ['queued', $localize`:status of a run or a message, in a narrow column|:queued`],
  ['running', $localize`:status of a run|:running`],
  ['working', $localize`:status of an agent|:working`],
  ['idle', $localize`:status of an agent|:idle`],
  ['done', $localize`:status of an agent|:done`],
  ['steered', $localize`:status of a message that agents have read while they worked|:steered`],
  ['next-turn', $localize`:status of a message that is asked as the next question|:next-turn`],
  ['refused', $localize`:status of a message that agents did not read|:refused`],
]);

/** What an agent does that says no more than its status. */
const DOING: ReadonlyMap<string, string> = new Map([
  ['idle', $localize`Nothing to do yet`],
  ['working', $localize`:an agent|:Is working`],
  ['waiting', $localize`:an agent|:Is waiting`],
  ['done', $localize`:an agent|:Is done`],
  ['failed', $localize`:an agent|:Is failed`],
]);

/** A newer server may know more of them: those are shown as they are. */
export function kindWord(kind: string): string {
  return KINDS.get(kind) ?? kind;
}

/** As `kindWord`. */
export function statusWord(status: string): string {
  return STATUSES.get(status) ?? status;
}

export function doingWords({ doing, status }: Agent): string {
  return doing || (DOING.get(status) ?? statusWord(status));
}
