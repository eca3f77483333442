import { StateBuilder } from './state-builder';
import { AgentActivity, LoggedEvent, hasEnded } from './events';
import { Activity, Agent, NO_RUN, activityKey } from './session-state';

/** Enough to find the step around one that ends; agents that never end their steps must not slow the rest. */
const REMEMBERED = 16;

/** An activity's begin is the time of its first event, its end the time of the event that ended it. */
export function foldActivity(builder: StateBuilder, event: AgentActivity & LoggedEvent): void {
  const key = activityKey(event.run_id, event.activity_id);
  const known = builder.activity(key);
  const at = Date.parse(event.time);
  const ended = hasEnded(event.status);
  if (known && tellsLate(event, at, known.end)) {
    builder.putActivity(withWhatWasBefore(known, event, at));
    return;
  }
  const activity: Activity = {
    key,
    parentKey: event.parent_id ? activityKey(event.run_id, event.parent_id) : (known?.parentKey ?? null),
    runId: event.run_id ?? NO_RUN,
    agent: event.agent_name,
    action: event.action,
    kind: event.kind ?? known?.kind ?? 'step',
    status: event.status,
    details: event.details ?? known?.details ?? null,
    progress: event.progress ?? known?.progress ?? null,
    input: event.input ?? known?.input,
    output: event.output ?? known?.output,
    model: event.usage?.model ?? known?.model ?? null,
    inputTokens: event.usage?.input_tokens ?? known?.inputTokens ?? 0,
    outputTokens: event.usage?.output_tokens ?? known?.outputTokens ?? 0,
    begin: known?.begin ?? at,
    end: ended ? at : null,
    error: event.status === 'failed' ? (event.details ?? known?.error ?? null) : (known?.error ?? null),
    link: event.link ?? known?.link ?? null,
  };
  builder.putActivity(activity);
  addTokens(builder, event, tokensOf(activity) - (known ? tokensOf(known) : 0));
  builder.putAgent(
    agentAfter(builder, builder.agent(event.agent_name, event), activity, known?.end === null, at),
    event,
  );
  if (builder.hasNoEnd(event)) settle(builder, event);
}

/**
 * Whether an event tells of what was before the step's end, and so does not open it again: events of several threads or
 * machines may arrive in another order than they happened. A step begins once; one that goes on after it ended says so
 * with a later time. The same rule as the server's (utils/log/events.py).
 */
function tellsLate(event: AgentActivity, at: number, end: number | null): boolean {
  return end !== null && !hasEnded(event.status) && (event.status === 'started' || at <= end);
}

/** What is known stays: it was told later. */
function withWhatWasBefore(known: Activity, event: AgentActivity, at: number): Activity {
  return {
    ...known,
    parentKey: known.parentKey ?? (event.parent_id ? activityKey(event.run_id, event.parent_id) : null),
    details: known.details ?? event.details ?? null,
    progress: known.progress ?? event.progress ?? null,
    input: known.input ?? event.input,
    output: known.output ?? event.output,
    link: known.link ?? event.link ?? null,
    begin: Math.min(known.begin, at),
  };
}

/** Where nobody says that a run ended, it rests while no step is open. */
export function settle(builder: StateBuilder, event: LoggedEvent): void {
  const run = builder.run(event);
  const at = Date.parse(event.time);
  const open = [...run.agents.values()].some((agent) => agent.openCount > 0);
  if (open && run.status === 'running' && run.endedAt === null && builder.hasRun(event)) return; // as it was
  builder.putRun({ ...run, status: open ? 'running' : 'completed', progress: open ? 0 : 1, endedAt: open ? null : at });
}

function tokensOf(activity: Activity): number {
  return activity.inputTokens + activity.outputTokens;
}

function addTokens(builder: StateBuilder, event: LoggedEvent, more: number): void {
  if (more === 0) return;
  const run = builder.run(event);
  builder.putRun({ ...run, tokens: run.tokens + more });
}

/** What the agent does after this step moved: the newest of its open steps, or nothing more. */
function agentAfter(builder: StateBuilder, agent: Agent, step: Activity, wasOpen: boolean, at: number): Agent {
  const isOpen = step.end === null;
  const openCount = Math.max(0, agent.openCount + Number(isOpen) - Number(wasOpen));
  if (isOpen) {
    const begins = agent.openCount === 0 && agent.until !== null;
    return {
      ...agent,
      status: step.status === 'waiting' ? 'waiting' : 'working',
      doing: lineOf(step),
      since: begins ? step.begin : agent.since,
      until: null,
      openCount,
      open: wasOpen ? agent.open : [...agent.open, step.key].slice(-REMEMBERED),
    };
  }
  const open = wasOpen ? agent.open.filter((key) => key !== step.key) : agent.open;
  if (openCount > 0) {
    const outer = builder.activity(open.at(-1) ?? '');
    return { ...agent, doing: outer ? lineOf(outer) : agent.doing, openCount, open };
  }
  return {
    ...agent,
    status: step.status === 'failed' ? 'failed' : 'done',
    doing: lineOf(step),
    until: at,
    openCount,
    open,
  };
}

function lineOf(activity: Activity): string {
  return activity.details ?? activity.action;
}
