import { foldActivity, settle } from './fold-activity';
import {
  AgentMessage,
  AgentStatusUpdate,
  ErrorEvent,
  LoggedEvent,
  RunUpdate,
  UserMessage,
  hasEnded,
  isFinding,
} from './events';
import { Agent, Answer, FromStep, NO_RUN, Reasoning, Run, SessionState, Told, activityKey } from './session-state';
import { StateBuilder } from './state-builder';

/**
 * The next state: `state` and then `events`, in order. Pure; the old state stays what it was.
 *
 * Events at or below the cursor are duplicates and are left out, so that any two pieces of a log
 * may overlap. The work is proportional to the events, not to the length of the session.
 */
export function fold(state: SessionState, events: readonly LoggedEvent[]): SessionState {
  if (!events.some((event) => event.seq > state.cursor)) return state;
  const builder = new StateBuilder(state);
  for (const event of events) {
    if (event.seq <= builder.cursor) continue;
    builder.take(event);
    apply(builder, event);
  }
  return builder.done();
}

function apply(builder: StateBuilder, event: LoggedEvent): void {
  switch (event.type) {
    case 'agentActivity':
      foldActivity(builder, event);
      break;
    case 'agentStatusUpdate':
      foldStatus(builder, event);
      break;
    case 'agentMessage':
      if (event.channel === 'reasoning') foldReasoning(builder, event);
      else foldMessage(builder, event);
      break;
    case 'userMessage':
      foldTold(builder, event);
      break;
    case 'runUpdate':
      foldRun(builder, event);
      break;
    case 'error':
      foldError(builder, event);
      break;
    default:
      event satisfies never; // of a newer server: it is counted, and the feed says that it is there
  }
}

function foldStatus(builder: StateBuilder, event: AgentStatusUpdate & LoggedEvent): void {
  const at = Date.parse(event.time);
  const known = builder.agent(event.agent_name, event);
  const resting = event.status === 'idle' || event.status === 'done' || event.status === 'failed';
  if (resting && event.status !== 'failed' && !builder.hasRun(event)) return; // nothing has begun
  const restarts = known.until !== null && !resting;
  const agent: Agent = {
    ...known,
    status: event.status,
    doing: event.details ?? known.doing,
    since: restarts ? at : known.since,
    until: resting ? (known.until ?? at) : null,
  };
  builder.putAgent(agent, event);
  if (!event.run_id) settle(builder, event);
}

function foldMessage(builder: StateBuilder, event: AgentMessage & LoggedEvent): void {
  const id = activityKey(event.run_id, event.message_id);
  const known = builder.answers.get(id);
  const answer: Answer = {
    id,
    runId: event.run_id ?? NO_RUN,
    agent: event.agent_name,
    text: (known?.text ?? '') + (event.delta ?? ''),
    final: event.final ?? false,
    revises: (known?.revises ?? false) || Boolean(event.replaces),
    citations: event.citations ?? known?.citations ?? [],
  };
  place(builder, event);
  builder.putAnswer(answer);
  if (event.replaces) builder.replace(activityKey(event.run_id, event.replaces));
}

function foldReasoning(builder: StateBuilder, event: AgentMessage & LoggedEvent): void {
  const id = activityKey(event.run_id, event.message_id);
  const known = builder.reasoning.get(id);
  const at = Date.parse(event.time);
  const reasoning: Reasoning = {
    id,
    runId: event.run_id ?? NO_RUN,
    agent: event.agent_name,
    stepKey: event.activity_id ? activityKey(event.run_id, event.activity_id) : null,
    text: (known?.text ?? '') + (event.delta ?? ''),
    begin: known?.begin ?? at,
    end: event.final ? at : null,
  };
  place(builder, event);
  builder.putReasoning(reasoning);
  if (event.replaces) builder.replace(activityKey(event.run_id, event.replaces));
}

/** Its run has a place from now on, also one that nobody has announced. */
function place(builder: StateBuilder, event: AgentMessage & LoggedEvent): void {
  if (!builder.hasRun(event)) builder.putRun(builder.run(event));
  if (!event.run_id || (event.final && builder.hasNoEnd(event))) settle(builder, event);
}

function foldRun(builder: StateBuilder, event: RunUpdate & LoggedEvent): void {
  const at = Date.parse(event.time);
  const known = builder.run(event);
  const ended = hasEnded(event.status);
  // With nothing open, nothing was interrupted: the run was handed over to another agent.
  const isOpen = [...known.agents.values()].some(({ openCount }) => openCount > 0);
  const resumes = isOpen && known.attempt > 0 && (event.attempt ?? 0) > known.attempt;
  const run: Run = {
    ...known,
    status: event.status,
    announced: true,
    ours: known.ours || event.status === 'queued' || (event.attempt ?? 0) > 0,
    question: event.question ?? known.question,
    phase: event.phase ?? known.phase,
    progress: event.progress ?? (event.status === 'completed' ? 1 : known.progress),
    model: event.model ?? known.model,
    agentId: event.agent_id ?? known.agentId,
    attempt: event.attempt ?? known.attempt,
    resumedAt: resumes ? [...known.resumedAt, at] : known.resumedAt,
    reason: event.reason ?? (event.status === known.status && event.paused === undefined ? known.reason : null),
    place: event.place ?? known.place,
    retryOf: event.retry_of ?? known.retryOf,
    fromStep: fromStep(event) ?? known.fromStep,
    pausedAt: pausedAt(known, event, at),
    startedAt: event.status === 'running' ? Math.min(known.startedAt ?? at, at) : known.startedAt,
    endedAt: ended ? at : null,
  };
  builder.putRun(run);
  if (ended) builder.restAgents(run.id, at);
}

function fromStep({ from_step }: RunUpdate): FromStep | null {
  if (!from_step) return null;
  return { activityId: from_step.activity_id, action: from_step.action, edited: from_step.edited === true };
}

function pausedAt(known: Run, { paused, status }: RunUpdate, at: number): number | null {
  if (hasEnded(status) || paused === false) return null;
  return paused ? (known.pausedAt ?? at) : known.pausedAt;
}

function foldTold(builder: StateBuilder, event: UserMessage & LoggedEvent): void {
  const run = builder.run(event);
  const at = Date.parse(event.time);
  const known = run.told.find(({ id }) => id === event.message_id);
  const told: Told = {
    id: event.message_id,
    author: event.author ?? null,
    text: event.text,
    delivery: event.delivery,
    reason: event.reason ?? null,
    at: known?.at ?? at,
    settledAt: event.delivery === 'queued' ? null : at,
  };
  builder.putRun({
    ...run,
    told: [...run.told.filter((one) => one !== known), told].sort((one, other) => one.at - other.at),
  });
}

function foldError(builder: StateBuilder, event: ErrorEvent & LoggedEvent): void {
  const run = builder.run(event);
  builder.putRun({ ...run, errors: [...run.errors, event] });
  if (builder.hasNoEnd(event)) settle(builder, event);
  // What looks stuck may go on: its step has not failed.
  if (event.activity_id && !isFinding(event)) builder.markError(event.run_id, event.activity_id, event.message);
}
