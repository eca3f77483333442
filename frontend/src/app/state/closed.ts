import { Agent, Millis, Run, SessionState } from './session-state';

/** A session of which nothing more will be heard, as of the moment `at`: whatever went on in it has stopped. */
export function closed(state: SessionState, at: Millis): SessionState {
  const runs = [...state.runs].map(([id, run]): [string, Run] => [id, run.endedAt === null ? stopped(run, at) : run]);
  return { ...state, runs: new Map(runs) };
}

function stopped(run: Run, at: Millis): Run {
  const agents = [...run.agents].map(([name, agent]): [string, Agent] => [
    name,
    { ...agent, until: agent.until ?? at },
  ]);
  return {
    ...run,
    status: 'cancelled',
    reason: $localize`The session was deleted.`,
    endedAt: at,
    agents: new Map(agents),
  };
}
