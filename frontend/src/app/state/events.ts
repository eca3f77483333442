import {
  ActivityPage,
  AgentActivity,
  AgentMessage,
  AgentStatusUpdate,
  Citation,
  Error as ErrorEvent,
  Heartbeat,
  Reset,
  RunUpdate,
  StreamEvent,
  UserMessage,
} from '../models/models';

export type {
  AgentActivity,
  AgentMessage,
  AgentStatusUpdate,
  Citation,
  ErrorEvent,
  Heartbeat,
  Reset,
  RunUpdate,
  UserMessage,
};

/** The pydantic defaults make these fields optional in the schema; on the wire they are always there. */
type OnTheWire<E> = E extends { seq?: number | null }
  ? E & { seq: number; time: string; type: string }
  : E & { time?: string; type: string };

/** An event of the log, as it arrives: with its place and its time. */
export type LoggedEvent = OnTheWire<ActivityPage['events'][number]>;

/** Whatever may arrive on a stream. */
export type WireEvent = OnTheWire<StreamEvent>;

export type EventType = NonNullable<StreamEvent['type']>;
export type ActivityStatus = AgentActivity['status'];
export type ActivityKind = NonNullable<AgentActivity['kind']>;
export type AgentStatus = AgentStatusUpdate['status'];
export type RunStatus = RunUpdate['status'];

const EVERY_TYPE = {
  agentActivity: true,
  agentStatusUpdate: true,
  agentMessage: true,
  userMessage: true,
  runUpdate: true,
  error: true,
  heartbeat: true,
  reset: true,
} satisfies Record<EventType, true>;

/** Every name in `event:` that a stream may send; EventSource has to be told each. */
export const EVENT_TYPES = Object.keys(EVERY_TYPE) as readonly EventType[];

const ENDED = new Set<ActivityStatus | RunStatus>(['completed', 'failed', 'cancelled']);

export function hasEnded(status: ActivityStatus | RunStatus): boolean {
  return ENDED.has(status);
}

export function isLogged(event: WireEvent | LoggedEvent): event is LoggedEvent {
  return event.type !== 'heartbeat' && event.type !== 'reset';
}

/** Whether it tells that a run looks stuck, which may go on. */
export function isFinding({ code }: Pick<ErrorEvent, 'code'>): boolean {
  return code.startsWith('stuck_');
}

/** Whether it tells that a budget is nearly or fully used. */
export function isOfBudget({ code }: Pick<ErrorEvent, 'code'>): boolean {
  return code.startsWith('budget_');
}
