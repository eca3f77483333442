import { agentStatus, errorOf, exampleLog, message, runUpdate, step } from '../../testing/events';
import { LoggedEvent } from './events';
import { conversation, reasoningIn } from './conversation';
import { fold } from './fold';
import { NO_RUN, SessionState, activityKey, emptyState } from './session-state';

/** A state as plain data, so that two of them can be compared whatever way they came about. */
function plainState(state: SessionState): unknown {
  return {
    cursor: state.cursor,
    first: state.first,
    log: state.log.toArray(),
    activities: state.activities.toArray(),
    positions: state.activities.toArray().map(({ key }) => state.positions.get(key)),
    runs: [...state.runs].map(([id, run]) => [id, { ...run, agents: [...run.agents] }]),
    answers: [...state.answers],
    reasoning: [...state.reasoning],
    replaced: [...state.replaced],
    colours: [...state.colours],
  };
}

describe('fold', () => {
  const whole = plainState(fold(emptyState(), exampleLog));

  it('comes to the same state from every cut of the log', () => {
    for (let cut = 0; cut <= exampleLog.length; cut++) {
      const before = fold(emptyState(), exampleLog.slice(0, cut));
      expect(plainState(fold(before, exampleLog.slice(cut))), `cut at ${cut}`).toEqual(whole);
    }
  });

  it('comes to the same state event by event', () => {
    expect(plainState(exampleLog.reduce((state, event) => fold(state, [event]), emptyState()))).toEqual(whole);
  });

  it('leaves the state it came from as it was, also when that is continued twice', () => {
    for (let cut = 0; cut < exampleLog.length; cut += 5) {
      const before = fold(emptyState(), exampleLog.slice(0, cut));
      const snapshot = structuredClone(plainState(before));
      fold(before, exampleLog.slice(cut));
      fold(before, [step(cut + 1, 0, { activity_id: 'another future' })]);
      expect(plainState(before)).toEqual(snapshot);
      expect(plainState(fold(before, exampleLog.slice(cut)))).toEqual(whole);
    }
  });

  it('ignores events it has seen, and is the same object when nothing was new', () => {
    const state = fold(emptyState(), exampleLog);
    expect(fold(state, exampleLog)).toBe(state);
    expect(plainState(fold(fold(emptyState(), exampleLog.slice(0, 20)), exampleLog))).toEqual(whole);
  });

  it('has a place for the run of a text that nobody has announced, and for texts of none', () => {
    const loose = { ...message(2, 'l', { delta: 'By the way.', final: true }), run_id: undefined };
    const state = fold(emptyState(), [message(1, 'm', { delta: 'Two boats.' }), loose]);
    expect([...state.runs.values()].map(({ id, status, endedAt }) => [id, status, endedAt !== null])).toEqual([
      ['r', 'running', false],
      [NO_RUN, 'completed', true],
    ]);
    expect(conversation(state).map(({ answers }) => answers.map(({ text }) => text))).toEqual([
      ['Two boats.'],
      ['By the way.'],
    ]);
  });

  it('dates a step from its first event to the one that ended it', () => {
    const state = fold(emptyState(), [
      step(1, 100, { activity_id: 'a' }),
      step(2, 300, { activity_id: 'a', status: 'in-progress', details: 'half way' }),
      step(3, 900, { activity_id: 'a', status: 'completed' }),
    ]);
    const activity = state.activities.at(0);
    expect(activity && activity.end !== null && activity.end - activity.begin).toBe(800);
    expect(activity?.details).toBe('half way');
  });

  it('leaves a step ended whose beginning arrives after its end, and takes what it did not know', () => {
    const state = fold(emptyState(), [
      step(1, 900, { activity_id: 'a', run_id: undefined, status: 'completed', details: 'done' }),
      step(2, 100, { activity_id: 'a', run_id: undefined, details: 'begins', input: 'tide.csv', parent_id: 'root' }),
      step(3, 1200, { activity_id: 'b', run_id: undefined, status: 'failed' }),
      step(4, 1300, { activity_id: 'b', run_id: undefined }),
      step(5, 1100, { activity_id: 'b', run_id: undefined, status: 'in-progress' }),
    ]);
    const [a, b] = state.activities.toArray();
    expect(a).toMatchObject({ status: 'completed', details: 'done', input: 'tide.csv' });
    expect([a?.begin, a?.end].map((at) => (at ?? 0) % 3_600_000)).toEqual([100, 900]);
    expect(b).toMatchObject({ status: 'failed' });
    const run = state.runs.get(NO_RUN);
    expect(run?.endedAt).not.toBeNull();
    expect(run?.agents.get('Research Agent')).toMatchObject({ status: 'failed', openCount: 0 });
  });

  it('opens a step again that goes on after its end', () => {
    const state = fold(emptyState(), [
      step(1, 100, { activity_id: 'a', status: 'failed' }),
      step(2, 200, { activity_id: 'a', status: 'in-progress' }),
    ]);
    expect(state.activities.at(0)).toMatchObject({ status: 'in-progress', end: null });
  });

  it('shows the revised answer in the place of the first one', () => {
    const state = fold(emptyState(), [
      runUpdate(1, 0, { status: 'running', question: 'Why?' }),
      message(2, 'd1', { delta: 'Because of ' }),
      message(3, 'd1', { delta: 'the tide.', final: true, citations: [] }),
      message(4, 'd2', { delta: 'Because of the moon.', replaces: 'd1' }),
    ]);
    expect(conversation(state).flatMap(({ answers }) => answers.map(({ text }) => text))).toEqual([
      'Because of the moon.',
    ]);
  });

  it('counts the tokens of a step once, however often it tells of them', () => {
    const usage = { model: 'm', input_tokens: 10, output_tokens: 5 };
    const state = fold(emptyState(), [
      step(1, 0, { activity_id: 'a', usage }),
      step(2, 1, { activity_id: 'a', status: 'completed', usage: { ...usage, output_tokens: 9 } }),
    ]);
    expect(state.runs.get('r')?.tokens).toBe(19);
  });

  it('knows what each agent does now: the innermost open step, then what it said at its end', () => {
    const root = step(1, 0, { activity_id: 'find', action: 'Find evidence' });
    const inner = step(2, 10, { activity_id: 'rank', parent_id: 'find', action: 'Rank passages' });
    const ranked = step(3, 20, {
      activity_id: 'rank',
      parent_id: 'find',
      action: 'Rank passages',
      status: 'completed',
    });
    const found = step(4, 30, { activity_id: 'find', action: 'Find evidence', status: 'completed', details: '4 kept' });
    const doing = [root, inner, ranked, found].map((_, at, all) => {
      const agent = fold(emptyState(), all.slice(0, at + 1))
        .runs.get('r')
        ?.agents.get('Research Agent');
      return [agent?.status, agent?.doing];
    });
    expect(doing).toEqual([
      ['working', 'Find evidence'],
      ['working', 'Rank passages'],
      ['working', 'Find evidence'],
      ['done', '4 kept'],
    ]);
  });

  it('keeps a resumed run one run, with its attempt', () => {
    const run = fold(emptyState(), exampleLog).runs.get('run-1');
    expect(run).toMatchObject({ attempt: 2, status: 'completed', progress: 1 });
    expect(run?.question).toContain('Solveig');
    expect(run?.resumedAt.map((at) => new Date(at).toISOString())).toEqual(['2026-03-14T09:27:01.423Z']);
    expect(run?.startedAt).toBe(Date.parse(exampleLog[1]?.time ?? ''));
  });

  it('does not take a run that was handed over for a resumed one', () => {
    const resumed = (...ends: LoggedEvent[]): number | undefined =>
      fold(emptyState(), [
        runUpdate(1, 0, { status: 'running', attempt: 1 }),
        step(2, 0, { activity_id: 'root' }),
        ...ends,
        runUpdate(4, 20, { status: 'queued' }),
        runUpdate(5, 30, { status: 'running', attempt: 2 }),
      ]).runs.get('r')?.resumedAt.length;
    expect([resumed(), resumed(step(3, 10, { activity_id: 'root', status: 'completed' }))]).toEqual([1, 0]);
  });

  it('lets a run begin earlier than was told first', () => {
    const state = fold(emptyState(), [
      runUpdate(1, 500, { status: 'running', question: 'Who?' }),
      runUpdate(2, 100, { status: 'running' }),
      runUpdate(3, 900, { status: 'running' }),
    ]);
    expect(state.runs.get('r')?.startedAt).toBe(Date.parse(state.log.at(1)?.time ?? ''));
  });

  it('lets all agents rest when their run has ended', () => {
    const state = fold(emptyState(), [
      runUpdate(1, 0, { status: 'running' }),
      step(2, 10, { activity_id: 'a' }),
      runUpdate(3, 50, { status: 'cancelled' }),
    ]);
    expect(state.runs.get('r')?.agents.get('Research Agent')).toMatchObject({ status: 'idle', openCount: 0 });
    expect(state.runs.get('r')?.agents.get('Research Agent')?.until).not.toBeNull();
  });

  it('gathers what happens outside of any run, until no step of it is open', () => {
    const outside = { activity_id: 'tide', run_id: null };
    const open = fold(emptyState(), [step(1, 0, outside)]);
    expect(open.runs.get(NO_RUN)?.endedAt).toBeNull();
    const rest = fold(open, [step(2, 70, { ...outside, status: 'completed' })]);
    expect(rest.runs.get(NO_RUN)).toMatchObject({ status: 'completed', endedAt: Date.UTC(2026, 2, 14, 9, 0, 0, 70) });
  });

  it('begins no run with an agent that rests, and none that works for ever with anything but an open step', () => {
    const idle = fold(emptyState(), [agentStatus(1, { status: 'idle' }), agentStatus(2, { status: 'done' })]);
    expect(idle.runs.size).toBe(0);
    const failed = fold(emptyState(), [agentStatus(1, { status: 'failed' })]);
    expect([...(failed.runs.values().next().value?.agents.values() ?? [])]).toMatchObject([{ status: 'failed' }]);
    for (const event of [agentStatus(1, { status: 'working' }), errorOf(1, { run_id: undefined })]) {
      expect(fold(emptyState(), [event]).runs.get(NO_RUN)?.status).toBe('completed');
    }
    const outside = step(1, 0, { activity_id: 'tide', run_id: null });
    const open = fold(emptyState(), [outside, agentStatus(2, { status: 'working' })]);
    expect(open.runs.get(NO_RUN)?.status).toBe('running');
  });

  it('lets a run that is only named rest while no step of it is open, until it tells of itself', () => {
    const statusOf = (events: LoggedEvent[], first = 1): string | undefined =>
      fold(emptyState(first), events).runs.get('r')?.status;
    const [begun, ended] = [step(5, 0, { activity_id: 'a' }), step(6, 9, { activity_id: 'a', status: 'completed' })];
    expect(statusOf([begun])).toBe('running');
    expect(statusOf([begun, ended])).toBe('completed');
    expect(statusOf([begun, ended, message(7, 'm', { delta: 'Two boats.', final: true })])).toBe('completed');
    expect(statusOf([begun, ended, runUpdate(7, 20, { status: 'running' })])).toBe('running');
    expect(statusOf([runUpdate(4, 0, { status: 'running' }), begun, ended])).toBe('running');
    expect(statusOf([begun, ended], 5), 'its beginning may be what the server no longer keeps').toBe('running');
  });

  it('puts an error to the step it belongs to, and to its run', () => {
    const state = fold(emptyState(), exampleLog);
    const at = state.positions.get(activityKey('run-1', 'read-2'));
    expect(state.activities.at(at ?? -1)?.error).toContain('passengers.csv is empty');
    expect(state.runs.get('run-1')?.errors).toHaveLength(1);
  });

  it('takes 10,000 more events without looking back at the 100,000 before', () => {
    const steps = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => step(from + at, from + at, { activity_id: `a${(from + at) >> 2}` }));
    const one = fold(emptyState(), steps(1, 1));
    const grown = fold(one, steps(2, 100_000));
    const time = (state: SessionState) => {
      const events = steps(state.cursor + 1, 10_000);
      const begin = performance.now();
      for (let at = 0; at < events.length; at += 4) state = fold(state, events.slice(at, at + 4));
      return performance.now() - begin;
    };
    time(one);
    expect(time(grown)).toBeLessThan(20 * Math.max(time(one), 5));
  }, 60_000);

  it('keeps what a model thought apart from its answer, with its step and its time', () => {
    const state = fold(emptyState(), [
      runUpdate(1, 0, { status: 'running' }),
      step(2, 0, { activity_id: 'w' }),
      message(100, 't', { channel: 'reasoning', activity_id: 'w', delta: 'Is it ' }),
      message(400, 't', { channel: 'reasoning', activity_id: 'w', delta: '84?' }),
      message(900, 't', { channel: 'reasoning', activity_id: 'w', final: true }),
      message(901, 'd', { delta: '84.' }),
    ]);
    expect([...state.answers.values()].map(({ text }) => text)).toEqual(['84.']);
    const [thought] = [...state.reasoning.values()];
    expect(thought).toMatchObject({ runId: 'r', stepKey: activityKey('r', 'w'), text: 'Is it 84?' });
    expect((thought?.end ?? 0) - (thought?.begin ?? 0)).toBe(800);
    expect(reasoningIn(state, activityKey('r', 'w'))).toEqual([thought]);
    expect(reasoningIn(state, activityKey('r', 'v'))).toEqual([]);
    expect(conversation(state)[0]).toMatchObject({ reasoning: [thought], answers: [{ text: '84.' }] });
  });

  it('shows no reasoning that was begun again, nor one that is told without its words', () => {
    const state = fold(emptyState(), [
      runUpdate(1, 0, { status: 'running' }),
      message(2, 'a', { channel: 'reasoning', activity_id: 'w', delta: 'Lost' }),
      message(3, 'b', { channel: 'reasoning', activity_id: 'w', delta: 'Again', replaces: 'a' }),
      message(4, 'c', { channel: 'reasoning', activity_id: 'w', delta: '' }),
    ]);
    expect(conversation(state)[0]?.reasoning.map(({ text }) => text)).toEqual(['Again']);
    expect(reasoningIn(state, activityKey('r', 'w')).map(({ text }) => text)).toEqual(['Again']);
  });

  it('gives agents different colours while there are as many, and each keeps its own', () => {
    const names = ['Call 1', 'Call 2', 'Planner', 'Coder', 'Tester', 'Crew', 'Editor', 'Scout', 'Clerk', 'Guide'];
    const events = names.map((agent_name, at) => step(at + 1, at, { activity_id: agent_name, agent_name }));
    const { colours } = fold(emptyState(), events);
    expect(new Set(colours.values()).size).toBe(names.length);
    const early = fold(emptyState(), events.slice(0, 4)).colours;
    for (const name of names.slice(0, 4)) expect(early.get(name)).toBe(colours.get(name));
    expect(fold(emptyState(), [message(1, 'm', {})]).colours.get('Writer Agent')).toBe('green');
  });

  it('gives the agents of a run different colours, also when those before have taken all there are', () => {
    const before = ['Call 1', 'Call 2', 'Planner', 'Coder', 'Tester', 'Crew', 'Editor', 'Scout', 'Clerk', 'Guide'];
    const now = ['Planner', 'Booking Clerk', 'First Mate', 'Skipper', 'Lookout'];
    const { colours } = fold(emptyState(), [
      ...before.map((agent_name, at) => step(at + 1, at, { activity_id: agent_name, agent_name })),
      ...now.map((agent_name, at) => step(at + 20, at, { run_id: 'next', activity_id: agent_name, agent_name })),
    ]);
    expect(new Set(now.map((name) => colours.get(name))).size).toBe(now.length);
  });
});
