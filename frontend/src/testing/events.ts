import examples from '../../../tests/fixtures/events.json';
import {
  AgentActivity,
  AgentMessage,
  AgentStatusUpdate,
  ErrorEvent,
  LoggedEvent,
  RunStatus,
  RunUpdate,
  WireEvent,
  isLogged,
} from '../app/state/events';

/** One example and more of every event type; the server's tests read the same file. */
export const exampleEvents = examples as unknown as readonly WireEvent[];

/** The examples that are part of the log: seq 1, 2, 3 … */
export const exampleLog: readonly LoggedEvent[] = exampleEvents.filter(isLogged);

const START = Date.UTC(2026, 2, 14, 9, 0, 0);

/** A step event at `ms` after nine o'clock. */
export function step(seq: number, ms: number, fields: Partial<AgentActivity> & { activity_id: string }): LoggedEvent {
  return {
    type: 'agentActivity',
    session_id: 's',
    run_id: 'r',
    seq,
    time: new Date(START + ms).toISOString(),
    agent_name: 'Research Agent',
    action: fields.activity_id,
    status: 'started',
    ...fields,
  } as LoggedEvent;
}

export function runUpdate(seq: number, ms: number, fields: Partial<RunUpdate> & { status: RunStatus }): LoggedEvent {
  return {
    type: 'runUpdate',
    session_id: 's',
    run_id: 'r',
    seq,
    time: new Date(START + ms).toISOString(),
    ...fields,
  } as LoggedEvent;
}

export function message(seq: number, message_id: string, fields: Partial<AgentMessage>): LoggedEvent {
  return {
    type: 'agentMessage',
    session_id: 's',
    run_id: 'r',
    seq,
    time: new Date(START + seq).toISOString(),
    agent_name: 'Writer Agent',
    message_id,
    ...fields,
  } as LoggedEvent;
}

/** Outside of any run, if `fields` names none. */
export function agentStatus(seq: number, fields: Partial<AgentStatusUpdate>): LoggedEvent {
  return {
    type: 'agentStatusUpdate',
    session_id: 's',
    seq,
    time: new Date(START + seq).toISOString(),
    agent_name: 'Research Agent',
    ...fields,
  } as LoggedEvent;
}

export function errorOf(seq: number, fields: Partial<ErrorEvent>): LoggedEvent {
  return {
    type: 'error',
    session_id: 's',
    run_id: 'r',
    seq,
    time: new Date(START + seq).toISOString(),
    code: 'failed',
    message: 'It failed.',
    ...fields,
  } as LoggedEvent;
}
