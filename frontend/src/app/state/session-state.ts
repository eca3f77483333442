import { AgentColour } from './agent-colour';
import {
  ActivityKind,
  ActivityStatus,
  AgentStatus,
  Citation,
  ErrorEvent,
  LoggedEvent,
  RunStatus,
  UserMessage,
} from './events';
import { Positions } from './positions';
import { Vector } from './vector';

/** Milliseconds since 1970, by the server's clock. */
export type Millis = number;

/** One step of an agent: what its events, folded together, say. */
export interface Activity {
  /** Unique in the session: the run's id and the activity's. */
  readonly key: string;
  readonly parentKey: string | null;
  readonly runId: string;
  readonly agent: string;
  readonly action: string;
  readonly kind: ActivityKind;
  readonly status: ActivityStatus;
  readonly details: string | null;
  readonly progress: number | null;
  readonly input: unknown;
  readonly output: unknown;
  readonly model: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly begin: Millis;
  readonly end: Millis | null;
  readonly error: string | null;
  /** Where a person finds what it stands for. */
  readonly link: string | null;
}

/** An agent inside a run: what it does now and since when. */
export interface Agent {
  readonly name: string;
  readonly status: AgentStatus;
  readonly doing: string;
  readonly since: Millis;
  readonly until: Millis | null;
  /** How many of its steps have begun and not ended. */
  readonly openCount: number;
  /** Keys of the newest of them, the newest last. */
  readonly open: readonly string[];
}

/** The id of the run that stands for whatever agents do outside of any run. */
export const NO_RUN = '';

export interface FromStep {
  readonly activityId: string;
  readonly action: string;
  /** Whether it is given another input than before. */
  readonly edited: boolean;
}

export interface Run {
  readonly id: string;
  /** Its place among all runs of the session, from 1. */
  readonly number: number;
  readonly status: RunStatus;
  /** Whether it is of this server's queue. Agents elsewhere tell of runs that wait for no other and that cannot be stopped. */
  readonly ours: boolean;
  /** Whether it tells of itself. One that is only named by its steps has no end but theirs. */
  readonly announced: boolean;
  readonly question: string | null;
  readonly phase: string | null;
  readonly progress: number;
  readonly model: string | null;
  /** The registered agent that answers; null: not told. */
  readonly agentId: string | null;
  readonly attempt: number;
  /** When another process took the run over, each time. */
  readonly resumedAt: readonly Millis[];
  readonly reason: string | null;
  /** Where it stands in the queue, once somebody has put that in another order. */
  readonly place: number | null;
  /** The run whose question it asks again, as it was or edited. */
  readonly retryOf: string | null;
  /** The step of that run from which it begins; null: it begins at its beginning. */
  readonly fromStep: FromStep | null;
  /** When somebody paused it; of one that runs: asked it to pause at its next safe point. */
  readonly pausedAt: Millis | null;
  readonly queuedAt: Millis;
  readonly startedAt: Millis | null;
  readonly endedAt: Millis | null;
  readonly tokens: number;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly errors: readonly ErrorEvent[];
  /** What people said to its agents while they worked, oldest first. */
  readonly told: readonly Told[];
}

/** What a person said to the agents of a run at work, and what became of it. */
export interface Told {
  readonly id: string;
  readonly author: string | null;
  readonly text: string;
  readonly delivery: UserMessage['delivery'];
  readonly reason: string | null;
  readonly at: Millis;
  /** When it was read, or settled otherwise. */
  readonly settledAt: Millis | null;
}

/** A text for the user, as far as it is written. */
export interface Answer {
  readonly id: string;
  readonly runId: string;
  readonly agent: string;
  readonly text: string;
  readonly final: boolean;
  readonly revises: boolean;
  readonly citations: readonly Citation[];
}

/** What a model thought in one step, as far as it is told. Never part of an answer. */
export interface Reasoning {
  readonly id: string;
  readonly runId: string;
  readonly agent: string;
  /** The step it was thought in. */
  readonly stepKey: string | null;
  readonly text: string;
  readonly begin: Millis;
  readonly end: Millis | null;
}

/** Where the part of a session's log begins that is loaded. Runs that began before it have ended before it, too. */
export interface Beginning {
  /** The oldest seq that is loaded. */
  readonly first: number;
  /** The oldest seq that the server keeps; above 1 when it no longer has the beginning. */
  readonly kept: number;
  /** How many runs there are between the two. */
  readonly runsBefore: number;
}

/** Everything a session's log says from its loaded beginning up to and including the event `cursor`. */
export interface SessionState extends Beginning {
  readonly cursor: number;
  readonly log: Vector<LoggedEvent>;
  readonly activities: Vector<Activity>;
  readonly positions: Positions;
  readonly runs: ReadonlyMap<string, Run>;
  /** Of every agent in the order they were heard of: different ones, while there are as many. */
  readonly colours: ReadonlyMap<string, AgentColour>;
  readonly answers: ReadonlyMap<string, Answer>;
  readonly reasoning: ReadonlyMap<string, Reasoning>;
  /** Ids of answers, and of reasoning, that a later one took the place of. */
  readonly replaced: ReadonlySet<string>;
  /** By their keys, the steps that wait for a person's decision. */
  readonly undecided: ReadonlyMap<string, Activity>;
}

export function emptyState(first = 1, kept = first, runsBefore = 0): SessionState {
  return {
    cursor: first - 1,
    first,
    kept,
    runsBefore,
    log: Vector.empty(),
    activities: Vector.empty(),
    positions: Positions.empty,
    runs: new Map(),
    colours: new Map(),
    answers: new Map(),
    reasoning: new Map(),
    replaced: new Set(),
    undecided: new Map(),
  };
}

export function activityKey(runId: string | null | undefined, activityId: string): string {
  return `${runId ?? NO_RUN}/${activityId}`;
}
