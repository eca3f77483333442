import { Millis, SessionState, activityKey } from './session-state';
import { NO_FILTER, StepFilter } from './step-filter';

export type View = 'timeline' | 'words' | 'feed' | 'graph' | 'documents';

/** A stretch of a run, in milliseconds since the run began. */
export interface Stretch {
  readonly from: Millis;
  readonly to: Millis;
}

/** What the address of a session's page says about what is looked at; null: nothing. */
export interface SessionAddress {
  readonly view: View | null;
  readonly run: string | null;
  /** The `activity_id` of a step. */
  readonly step: string | null;
  readonly filter: StepFilter;
  readonly stretch: Stretch | null;
}

/** The names in the query; they are in people's links, and so for ever. */
export type AddressQuery = Readonly<
  Record<'tab' | 'run' | 'step' | 'agent' | 'kind' | 'status' | 'search' | 'from' | 'to', string | null>
>;

const VIEWS: readonly View[] = ['timeline', 'words', 'feed', 'graph', 'documents'];

export function readAddress(query: (name: keyof AddressQuery) => string | null): SessionAddress {
  const [from, to] = [whole(query('from')), whole(query('to'))];
  return {
    view: VIEWS.find((view) => view === query('tab')) ?? null,
    run: query('run'),
    step: query('step'),
    filter: {
      agent: query('agent') ?? NO_FILTER.agent,
      kind: query('kind') ?? NO_FILTER.kind,
      status: query('status') ?? NO_FILTER.status,
      search: query('search') ?? NO_FILTER.search,
    },
    stretch: from !== null && to !== null && from < to ? { from, to } : null,
  };
}

/** What is as it is at first is left out. */
export function addressQuery({ view, run, step, filter, stretch }: SessionAddress): AddressQuery {
  return {
    tab: view === 'timeline' ? null : view,
    run,
    step,
    agent: filter.agent || null,
    kind: filter.kind || null,
    status: filter.status || null,
    search: filter.search || null,
    from: stretch && String(Math.round(stretch.from)),
    to: stretch && String(Math.round(stretch.to)),
  };
}

function whole(text: string | null): number | null {
  return text !== null && /^-?\d{1,12}$/.test(text) ? Number(text) : null;
}

/** The key of the step with this id: in the run that is named, else in the newest that has one. */
export function findStep(state: SessionState, activityId: string, runId: string | null): string | null {
  const runs = runId === null ? [...state.runs.keys()].reverse() : [runId];
  const keys = runs.map((run) => activityKey(run, activityId));
  return keys.find((key) => state.positions.get(key) !== undefined) ?? null;
}

/** The `activity_id` of a step. */
export function activityIdOf({ key, runId }: { readonly key: string; readonly runId: string }): string {
  return key.slice(runId.length + 1);
}
