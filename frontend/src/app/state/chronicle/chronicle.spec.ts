import { message, runUpdate, step } from '../../../testing/events';
import { recordings } from '../../../testing/recordings';
import { LoggedEvent } from '../events';
import { duration } from '../format';
import { fold } from '../fold';
import { SessionState, emptyState } from '../session-state';
import { ChronicleView } from './chronicle';
import { events, chronicleMarkdown } from './markdown';
import { Sentence } from './note';
import { firstSentence, list, quote, textOf } from './phrases';

const NINE = Date.UTC(2026, 2, 14, 9, 0, 0);

function told(log: readonly LoggedEvent[], runId = 'r', first = 1): readonly Sentence[] {
  return new ChronicleView().show(fold(emptyState(first), log), runId);
}

function texts(log: readonly LoggedEvent[], runId = 'r', first = 1): string[] {
  return told(log, runId, first).map(({ pieces }) => textOf(pieces));
}

/** Numbers its events one after the other from `first`. */
function log(...made: readonly ((seq: number) => LoggedEvent)[]): LoggedEvent[] {
  return made.map((one, at) => one(at + 1));
}

function run(ms: number, status: 'queued' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled', more = {}) {
  return (at: number): LoggedEvent => runUpdate(at, ms, { status, ...more });
}

function does(ms: number, activity_id: string, more = {}) {
  return (at: number): LoggedEvent => step(at, ms, { ...more, activity_id });
}

function tool(ms: number, id: string, status: string, more = {}) {
  return does(ms, id, { kind: 'tool', action: 'search', status, ...more });
}

function problem(ms: number, code: string, message: string, more = {}) {
  return (at: number): LoggedEvent => ({
    type: 'error',
    session_id: 's',
    run_id: 'r',
    seq: at,
    time: new Date(NINE + ms).toISOString(),
    code,
    message,
    ...more,
  });
}

describe('the chronicle of a run', () => {
  it('tells what was asked, what agents did, what was answered and how it ended', () => {
    expect(texts(recordings.reported, 'crossing')).toEqual([
      'A question was asked: “Plan the 7:15 crossing.”',
      'Planner and Lookout took part.',
      'Planner worked on “Plan the crossing”.',
      'Lookout worked on “Watch the ice”.',
      'Lookout used “search_harbour” 4 times, with “radius_m 200” and “radius_m 400”. 1 of them failed: “The radar does ' +
        'not answer.” A call that had failed was made again with the same input.',
      'Planner handed work on: “Hand over to Mate”.',
      'Planner reported a problem: “The tide table of today is missing.”',
      expect.stringMatching(
        /^Planner asked people: “May she sail with 83 on board\?” Ada chose “Approve” after \d+ ms\. Ada wrote: “Keep/,
      ),
      expect.stringMatching(/^The run waited: “The harbour master is asked\.” It went on after \d+ ms\.$/),
      'Planner asked the model “fake” once.',
      'Planner answered: “She sails at 7:15. 83 are on board.”',
      expect.stringMatching(/^The run was completed after \d+ ms\.$/),
      'As far as the steps tell, models took 1,234 tokens in all. As the steps tell, it cost 0.0200 EUR.',
    ]);
  });

  it('tells in the present tense of what goes on, and calls nothing finished', () => {
    const going = log(run(0, 'running', { question: 'Ice?' }), tool(1, 'a', 'completed'), tool(2, 'b', 'started'));
    expect(texts(going)).toEqual(['A question was asked: “Ice?”', 'Research Agent has used “search” 2 times so far.']);
    expect(told(going).map(({ look }) => look)).toEqual(['plain', 'open']);
    const ended = [...going, ...log(run(9, 'failed', { reason: 'No radar.' })).map((one) => ({ ...one, seq: 4 }))];
    expect(texts(ended).slice(1)).toEqual([
      'Research Agent used “search” 2 times. Of 1 of them, no end was told.',
      'The run failed after 9 ms. The reason given: “No radar.”',
    ]);
  });

  it('says that the beginning is missing, and then not how long the run took', () => {
    const late = log(run(0, 'running'), tool(1, 'a', 'completed'), run(5000, 'completed')).map((event) => ({
      ...event,
      seq: event.seq + 40,
    }));
    expect(texts(late, 'r', 41)).toEqual([
      'What came before event 41 is no longer kept, so the beginning of this run is not told here.',
      'Research Agent used “search”.',
      'The run was completed.',
    ]);
  });

  it('does not miss a beginning that is kept', () => {
    const late = log(run(0, 'running', { question: 'Ice?' })).map((event) => ({ ...event, seq: 41 }));
    expect(texts(late, 'r', 41)).toEqual(['A question was asked: “Ice?”']);
  });

  it('tells of steps outside of any run', () => {
    const outside = log(does(0, 'a', { run_id: undefined, action: 'Look around', status: 'completed' }));
    expect(texts(outside, '')).toEqual(['Research Agent worked on “Look around”.']);
  });

  it('tells of waiting for a turn, of pauses, and of another attempt', () => {
    const paused = log(
      run(0, 'queued', { question: 'Ice?' }),
      run(10, 'queued', { reason: 'Two others are first.' }),
      run(3000, 'running', { attempt: 1 }),
      run(4000, 'running', { paused: true, reason: 'Paused by Ada.' }),
      run(5000, 'waiting', { paused: true, reason: 'Paused by Ada.' }),
      run(65_000, 'queued', { paused: false }),
      run(66_000, 'running', { attempt: 2 }),
      run(67_000, 'running', { attempt: 3 }),
    );
    expect(texts(paused.slice(0, 2))).toEqual([
      'A question was asked: “Ice?”',
      'It is waiting for its turn. The reason given: “Two others are first.”',
    ]);
    expect(texts(paused.slice(0, 5)).slice(1)).toEqual([
      `It waited ${duration(3000)} for its turn.`,
      'The run is paused. It was said of the pause: “Paused by Ada.”',
    ]);
    expect(texts(paused).slice(2)).toEqual([
      `The run was paused. It was said of the pause: “Paused by Ada.” It was resumed after ${duration(61_000)}.`,
      `The run was queued again. It went on after ${duration(1000)}.`,
      'The work was taken up again: attempt 3.',
    ]);
  });

  it('tells what people were asked, and what became of it', () => {
    const ask = (status: string, more = {}) =>
      does(1, 'ask', { kind: 'approval', action: 'Sail', status, input: { question: 'May she sail?' }, ...more });
    const begun = run(0, 'running', { question: 'Ice?' });
    const become = (more: object): string | undefined =>
      texts(log(begun, ask('waiting'), ask('completed', more))).at(-1);
    expect(texts(log(begun, ask('waiting'))).at(-1)).toBe(
      'Research Agent asked people: “May she sail?” Nobody has decided yet.',
    );
    expect(become({ output: { choice: 'no', via: 'expiry' } })).toContain(
      'As nobody had decided in time, “no” counted.',
    );
    expect(become({ output: { choice: 'no', decided_by: 'Ada' } })).toContain('Ada chose “no” after');
    expect(become({ status: 'cancelled' })).toContain('The question was withdrawn.');
    expect(become({ status: 'failed', details: 'Too late.' })).toContain('It ended without a decision: “Too late.”');
    const hidden = log(begun, ask('waiting', { input: undefined }), ask('completed', { input: undefined }));
    expect(texts(hidden).at(-1)).toMatch(/^Research Agent asked people about “Sail”\. It was decided after/);
  });

  it('tells of findings, budgets and repeated problems as what they are', () => {
    const troubled = log(
      run(0, 'running', { question: 'Ice?' }),
      problem(1, 'stuck_repeats', 'The same call has the same answer.'),
      problem(2, 'budget_near', 'This run has used 8 of 10 tokens.'),
      problem(3, 'no_tide', 'No tide.'),
      problem(4, 'no_tide', 'No tide.'),
      run(5, 'failed', { reason: 'No tide.' }),
    );
    expect(texts(troubled).slice(1)).toEqual([
      'Ringside found that the run may be stuck: “The same call has the same answer.”',
      'It was told of a budget: “This run has used 8 of 10 tokens.”',
      'A problem was reported: “No tide.” This was told 2 times.',
      'The run failed after 5 ms.', // why is said above
    ]);
  });

  it('tells of tools whose names and inputs are hidden that they were used, and no more', () => {
    const hidden = log(
      ...[1, 2, 3].map((at) => does(at, `t${at}`, { kind: 'tool', action: 'Use a tool', status: 'completed' })),
    );
    expect(texts(hidden)).toEqual(['Research Agent used tools 3 times.']);
  });

  it('tells of a call that a rule or a person refused that nobody made it', () => {
    const [rule, person] = ['Rule “No radar” refuses calls of search.', 'Ada refused this call of search: Too late.'];
    const failed = (id: string, details: string, more = {}): ReturnType<typeof tool> =>
      tool(1, id, 'failed', { details, ...more });
    const [begun, one, other] = [run(0, 'running', { question: 'Ice?' }), failed('a', rule), failed('b', person)];
    const tells = (...steps: readonly ((seq: number) => LoggedEvent)[]): string | undefined =>
      texts(log(begun, ...steps))[1];
    expect(tells(one)).toBe(
      'Research Agent called “search”, which was refused: “Rule ‘No radar’ refuses calls of search.”',
    );
    expect(tells(failed('a', rule, { input: { ice: 'thin' } }))).toContain(
      'Research Agent called “search” with “ice thin”, which was refused: ',
    );
    expect(tells(one, other)).toBe(
      'Research Agent called “search” 2 times, which was refused, at last with: “Ada refused this call of search: Too late.”',
    );
    expect(tells(one, tool(2, 'c', 'completed'), failed('d', 'No radar.'), other)).toBe(
      'Research Agent used “search” 2 times. 1 of them failed: “No radar.” 2 other calls were refused, at last with: ' +
        '“Ada refused this call of search: Too late.”',
    );
  });

  it('tells of a draft that was replaced only that it was', () => {
    const written = [
      message(1, 'one', { run_id: 'r', delta: 'Wrong.', final: true }),
      message(2, 'two', { run_id: 'r', delta: 'Right. And more.', final: true, replaces: 'one' }),
    ];
    expect(texts(written.slice(0, 1))).toEqual(['Writer Agent answered: “Wrong.”']);
    expect(texts(written)).toEqual([
      'Writer Agent wrote a text that a later one took the place of.',
      'Writer Agent answered: “Right.”',
    ]);
  });

  it('never adds what a step tells of the steps within it to theirs', () => {
    const usage = (input_tokens: number, cost: number) => ({
      usage: { model: 'm', input_tokens, output_tokens: 0, cost, currency: 'EUR' },
      status: 'completed',
    });
    const nested = log(
      run(0, 'running'),
      does(0, 'outer'),
      does(1, 'inner', { parent_id: 'outer', ...usage(30, 1) }),
      does(2, 'outer', usage(40, 1.5)),
      does(3, 'beside', usage(5, 0.25)),
    );
    expect(texts(nested).at(-1)).toBe(
      'As far as the steps tell, models have taken 45 tokens so far. As the steps tell, it has cost 1.75 EUR so far.',
    );
  });

  it('stays short, however long the run is', () => {
    const long: LoggedEvent[] = [runUpdate(1, 0, { status: 'running', question: 'Ice?' })];
    for (let at = 0; at < 10_000; at++)
      long.push(
        step(at + 2, at, {
          activity_id: `s${at}`,
          kind: at % 3 ? 'tool' : 'handoff',
          action: 'a',
          status: 'completed',
        }),
      );
    const sentences = told(long);
    expect(sentences.length).toBeLessThan(320);
    expect(sentences.reduce((sum, { seqs }) => sum + seqs.length, 0)).toBeGreaterThanOrEqual(long.length);
  });
});

const NUMBER = /\d+(?:[.,]\d+)*/g;

/** All that the events say, and the figures that follow from them: counts and spans of time. */
function sayable(sentence: Sentence, all: ReadonlyMap<number, LoggedEvent>, state: SessionState): string {
  const grounds = sentence.seqs.map((at) => all.get(at));
  const times = grounds.flatMap((event) => (event ? [Date.parse(event.time)] : []));
  const run = state.runs.get(grounds[0]?.run_id ?? '');
  const spans = [...times, ...(run?.startedAt ? [run.startedAt] : []), ...(run ? [run.queuedAt] : [])];
  const durations = spans.flatMap((one) => spans.map((other) => duration(Math.abs(one - other))));
  const counts = Array.from({ length: grounds.length + 1 }, (_, at) => String(at));
  const used = grounds.flatMap((event) => (event?.type === 'agentActivity' && event.usage ? [event.usage] : []));
  const tokens = used.reduce((sum, { input_tokens, output_tokens }) => sum + input_tokens + output_tokens, 0);
  const costs = used.flatMap(({ cost }) => (cost ? [cost.toFixed(4)] : []));
  return [JSON.stringify(grounds), ...durations, ...counts, tokens.toLocaleString(), ...costs].join(' ');
}

describe.each(Object.entries(recordings))('the chronicle of a recorded session: %s', (_, recorded) => {
  const state = fold(emptyState(), recorded);
  const bySeq = new Map(recorded.map((event) => [event.seq, event]));
  const sentences = [...state.runs.keys()].flatMap((id) => told(recorded, id));

  it('rests on events of the log, each of its run', () => {
    expect(sentences.length).toBeGreaterThan(3);
    for (const [id] of state.runs)
      for (const { seqs } of told(recorded, id)) {
        expect(seqs.length).toBeGreaterThan(0);
        for (const at of seqs) expect(bySeq.get(at)?.run_id ?? '').toBe(id);
      }
    expect(new Set(sentences.map(({ id }) => id)).size).toBe(sentences.length);
  });

  it('says only names, quotes and numbers of the events it rests on', () => {
    for (const sentence of sentences) {
      const said = sayable(sentence, bySeq, state);
      for (const { kind, text } of sentence.pieces) {
        if (kind === 'agent') expect(said).toContain(JSON.stringify(text).slice(1, -1));
        if (kind === 'quote') for (const word of text.match(/[\p{L}\p{N}_]+/gu) ?? []) expect(said).toContain(word);
        if (kind === 'figure') for (const number of text.match(NUMBER) ?? []) expect(said).toContain(number);
      }
    }
  });

  it('says of each beginning of the log nothing that comes later, and the same when it is kept up', () => {
    const kept = new ChronicleView();
    for (let at = 1; at <= recorded.length; at++) {
      const prefix = fold(emptyState(), recorded.slice(0, at));
      for (const id of prefix.runs.keys()) {
        const fresh = new ChronicleView().show(prefix, id);
        for (const { seqs } of fresh) expect(seqs.at(-1)).toBeLessThanOrEqual(at);
        if (id === [...state.runs.keys()][0]) expect(kept.show(prefix, id)).toEqual(fresh);
      }
    }
    const earlier = fold(emptyState(), recorded.slice(0, 5));
    const [id] = earlier.runs.keys();
    expect(kept.show(earlier, id ?? '')).toEqual(new ChronicleView().show(earlier, id ?? ''));
  });
});

describe('what is copied', () => {
  it('has the time, the words and the events of each sentence', () => {
    const copied = chronicleMarkdown('*Crossing*', told(recordings.reported, 'crossing').slice(0, 2), 'https://r/s');
    expect(copied).toMatch(
      /^## \\\*Crossing\\\*\n\n\d{4}-\d\d-\d\d, times in UTC\. \[Open the run\]\(https:\/\/r\/s\)\n\n/,
    );
    expect(copied).toMatch(/- \d\d:\d\d:\d\d A question was asked: “Plan the 7:15 crossing.” \(event 1\)\n/);
  });

  it('names stretches of events', () => {
    expect(events([4])).toBe('event 4');
    expect(events([4, 5, 6, 9, 12, 14, 20])).toBe('events 4–6, 9, 12, 14 …');
  });
});

describe('phrases', () => {
  it('quote on one line, cut, with what is quoted within them in single marks', () => {
    expect(quote('Look\n at “it”').text).toBe('“Look at ‘it’”');
    expect(quote('a'.repeat(500)).text).toHaveLength(162);
  });

  it('list some of many', () => {
    expect(textOf(list([quote('a'), quote('b')], 5))).toBe('“a”, “b”, and 3 more');
  });

  it('find the first sentence', () => {
    expect(firstSentence('  One. Two.')).toBe('One.');
    expect(firstSentence('')).toBe('');
  });
});
