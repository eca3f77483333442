import { signal } from '@angular/core';

import { runUpdate, step } from '../../testing/events';
import { ActivityPage } from '../models/models';
import { LoggedEvent } from '../state/events';
import { fold } from '../state/fold';
import { SessionState, emptyState } from '../state/session-state';
import { Past } from './past';

const LENGTH = 4;
const RUNS = 30;

/** Each run has its question, a step and its end, one run after the other. */
function run(number: number, first: number): LoggedEvent[] {
  const id = `r${number}`;
  const events = [
    runUpdate(first, first, { status: 'queued', question: `Question ${number}?` }),
    step(first + 1, first + 1, { activity_id: 'a', agent_name: `Agent ${number}` }),
    step(first + 2, first + 2, { activity_id: 'a', status: 'completed', agent_name: `Agent ${number}` }),
    runUpdate(first + 3, first + 3, { status: 'completed' }),
  ];
  return events.map((event) => ({ ...event, run_id: id }));
}

function runs(count: number): LoggedEvent[] {
  return Array.from({ length: count }, (_, at) => run(at + 1, at * LENGTH + 1)).flat();
}

/** What two states must have in common that begin at different places of one log. */
function shown(state: SessionState, from: number): unknown {
  const loaded = [...state.runs.values()].filter(({ number }) => number > from);
  const ids = new Set(loaded.map(({ id }) => id));
  return {
    cursor: state.cursor,
    runs: loaded.map((one) => ({ ...one, agents: [...one.agents] })),
    activities: state.activities.toArray().filter(({ runId }) => ids.has(runId)),
    log: state.log.toArray().filter(({ run_id }) => ids.has(run_id ?? '')),
  };
}

describe('the past that is not loaded', () => {
  let log: LoggedEvent[];
  let kept: number;
  let now: ReturnType<typeof signal<SessionState>>;
  let asked: string[];
  let failures: unknown[];
  let failing: boolean;
  /** How many events a page has at most, for they are large. */
  let pageSize: number;
  let grown: number;
  let meanwhile: () => void;
  let past: Past;

  /** As the server answers: from the last beginning of a run that leaves none cut. */
  function newest(count: number, limit: number, before: number): Promise<ActivityPage> {
    asked.push(`${count} before ${before}`);
    if (failing) return Promise.reject(new Error('The server is away.'));
    const wanted = Math.max(kept, before - count);
    const spans = [...new Set(log.map(({ run_id }) => run_id))].map((id) => log.filter(({ run_id }) => run_id === id));
    let start = wanted;
    for (const span of spans.toReversed()) {
      const [first, last] = [span[0]?.seq ?? 0, span.at(-1)?.seq ?? 0];
      if (first < start && last >= start) start = Math.max(kept, first);
    }
    const runs_before = spans.filter((span) => (span[0]?.seq ?? 0) < start && (span.at(-1)?.seq ?? 0) >= kept).length;
    return page(start - 1, limit).then((found) => ({ ...found, start, runs_before }));
  }

  function page(after: number, limit: number): Promise<ActivityPage> {
    meanwhile();
    const events = log.filter(({ seq }) => seq > after && seq >= kept).slice(0, Math.min(limit, pageSize));
    return Promise.resolve({ events, first: kept, head: log.length } as ActivityPage);
  }

  /** The newest `loaded` runs are loaded. */
  function open(loaded: number): void {
    const first = (RUNS - loaded) * LENGTH + 1;
    now = signal(fold(emptyState(first, kept, RUNS - loaded), log.slice(first - 1)));
    past = new Past(now, { newest, page, failed: (error) => failures.push(error) }, (next) => {
      grown++;
      now.set(next);
    });
    past.reset(log.length);
  }

  beforeEach(() => {
    log = runs(RUNS);
    [kept, grown, failing, pageSize] = [1, 0, false, 5000];
    [asked, failures] = [[], []];
    meanwhile = () => undefined;
  });

  it('shows of the runs that are loaded just what it shows with all of the log', async () => {
    const whole = fold(emptyState(), log);
    for (const loaded of [1, 7, RUNS]) {
      open(loaded);
      expect(shown(now(), RUNS - loaded), `${loaded} loaded`).toEqual(shown(whole, RUNS - loaded));
      expect(past.missing()).toBe((RUNS - loaded) * LENGTH);
      await past.reachEvent(1);
      expect(shown(now(), 0), `${loaded} loaded at first`).toEqual(shown(whole, 0));
      expect([past.missing(), now().runsBefore]).toEqual([0, 0]);
    }
  });

  it('loads the runs before those that are loaded, in pages, and never a part of one', async () => {
    open(2);
    pageSize = 3;
    await past.more(6);
    expect([now().first, now().runsBefore, now().runs.size]).toEqual([105, 26, 4]);
    expect(asked).toEqual(['6 before 113']);
    expect(now().log.toArray()).toEqual(log.slice(104));
  });

  it('misses nothing that comes while it loads, and keeps the colours that are seen', async () => {
    open(1);
    const [agent, colour] = [...now().colours][0] ?? [];
    meanwhile = () => {
      meanwhile = () => undefined;
      log.push(...run(RUNS + 1, log.length + 1));
      now.update((state) => fold(state, log.slice(state.cursor)));
    };
    await past.more(8);
    expect(now().log.toArray()).toEqual(log.slice(now().first - 1));
    expect(now().runs.size).toBe(4);
    expect(now().colours.get(agent ?? '')).toBe(colour);
  });

  it('loads until what is looked for is there, and no further', async () => {
    open(1);
    log = log.map((event) => ({ ...event }));
    expect(await past.reach((state) => state.runs.has('r30'))).toBe(true);
    expect(grown).toBe(0);
    expect(await past.reach((state) => state.runs.has('r3'))).toBe(true);
    expect(await past.reach((state) => state.runs.has('nowhere'))).toBe(false);
    expect(past.missing()).toBe(0);
  });

  it('is loaded once, however many ask', async () => {
    open(1);
    const all = [past.more(4), past.more(4), past.reach((state) => state.runs.has('r29'))];
    expect(past.loading()).toBe(true);
    await Promise.all(all);
    expect([asked.length, grown, past.loading()]).toEqual([1, 1, false]);
  });

  it('tells that it could not be loaded, and leaves what there is', async () => {
    open(1);
    failing = true;
    const before = now();
    expect(await past.reachEvent(1)).toBe(false);
    expect([failures.length, now() === before, past.loading()]).toEqual([1, true, false]);
    failing = false;
    expect(await past.reachEvent(1)).toBe(true);
  });

  it('brings nothing of a log that is left', async () => {
    open(1);
    const loading = past.more();
    past.reset(0);
    now.set(emptyState());
    expect(await loading).toBe(false);
    expect([grown, failures]).toEqual([0, []]);
  });

  it('ends where the server keeps no more', async () => {
    open(1);
    kept = 41;
    await past.more();
    expect([now().first, now().kept, now().runsBefore, past.missing()]).toEqual([41, 41, 0, 0]);
  });

  it('holds an event back that names a run of before, until that is loaded', async () => {
    open(2);
    const late = { ...step(log.length + 1, 500, { activity_id: 'late', status: 'completed' }), run_id: 'r20' };
    log.push(...run(RUNS + 1, log.length + 1).map((event) => event));
    const fresh = log.slice(-LENGTH);
    expect(past.ready(fresh, () => expect.fail('a run that begins is no run of before'))).toBe(LENGTH);
    now.update((state) => fold(state, fresh));
    const events = [{ ...late, seq: log.length + 1 }];
    log.push(...events);
    await new Promise<void>((then) => expect(past.ready(events, then)).toBe(0));
    expect(now().runs.get('r20')?.status).toBe('completed');
    expect(now().log.toArray()).toEqual(log.slice(0, -1));
    expect(past.ready(events, () => expect.fail('it is known'))).toBe(1);
  });

  it('completes a run that is shown from its middle on, because the server was away', async () => {
    open(2);
    const late = { ...step(log.length + 1, 500, { activity_id: 'late', status: 'completed' }), run_id: 'r20' };
    log.push(late);
    now.update((state) => fold(state, [late]));
    expect(now().runs.get('r20')?.question).toBeNull();
    await past.complete();
    expect(now().runs.get('r20')?.question).toBe('Question 20?');
    expect(now().log.toArray()).toEqual(log);
    await past.complete();
    expect(grown).toBe(1);
  });

  it('lets a run pass that tells of itself elsewhere and is new', async () => {
    open(2);
    const events = [{ ...step(log.length + 1, 500, { activity_id: 'x' }), run_id: 'elsewhere' }];
    log.push(...events);
    await new Promise<void>((then) => expect(past.ready(events, then)).toBe(0));
    expect([past.ready(events, () => expect.fail('it is known')), grown]).toEqual([1, 0]);
  });

  it('shows an event as it came where the server cannot be asked about it', async () => {
    open(2);
    failing = true;
    const events = [{ ...step(log.length + 1, 500, { activity_id: 'x' }), run_id: 'r3' }];
    await new Promise<void>((then) => expect(past.ready(events, then)).toBe(0));
    expect(past.ready(events, () => expect.fail('it was asked about'))).toBe(1);
  });
});
