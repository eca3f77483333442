import { exampleLog, step } from '../../testing/events';
import { fold } from './fold';
import { SessionState, activityKey, emptyState } from './session-state';
import { TimelineTree, endOf, isLive } from './timeline';

const NONE: ReadonlySet<string> = new Set();

function outline(tree: TimelineTree, state: SessionState, collapsed = NONE, run = 'r'): string[] {
  return tree.rows(state.activities, run, collapsed).map((row) => {
    const name = row.others > 0 ? `${row.others} others` : (state.activities.at(row.index)?.action ?? '?');
    return `${' '.repeat(row.depth)}${name}`;
  });
}

const nested = [
  step(1, 0, { activity_id: 'answer' }),
  step(2, 1, { activity_id: 'read', parent_id: 'answer' }),
  step(3, 2, { activity_id: 'find', parent_id: 'answer' }),
  step(4, 3, { activity_id: 'page 1', parent_id: 'read' }),
];

describe('TimelineTree', () => {
  it('nests steps below their parents in the order they began', () => {
    expect(outline(new TimelineTree(), fold(emptyState(), nested))).toEqual(['answer', ' read', '  page 1', ' find']);
  });

  it('leaves out what is below a collapsed step, and says that there is more', () => {
    const state = fold(emptyState(), nested);
    const collapsed = new Set([activityKey('r', 'read')]);
    const tree = new TimelineTree();
    expect(outline(tree, state, collapsed)).toEqual(['answer', ' read', ' find']);
    expect(
      tree.rows(state.activities, 'r', collapsed).map(({ expandable, expanded }) => [expandable, expanded]),
    ).toEqual([
      [true, true],
      [true, false],
      [false, false],
    ]);
  });

  it('grows to the same rows as one that sees everything at once', () => {
    for (const run of ['run-1', 'run-2']) {
      const growing = new TimelineTree();
      let state = emptyState();
      for (const event of exampleLog) {
        state = fold(state, [event]);
        expect(growing.rows(state.activities, run, NONE)).toEqual(new TimelineTree().rows(state.activities, run, NONE));
      }
    }
  });

  it('keeps the rows that did not change the same objects', () => {
    const tree = new TimelineTree();
    const state = fold(emptyState(), nested);
    const before = tree.rows(state.activities, 'r', NONE);
    const more = fold(state, [step(5, 9, { activity_id: 'page 2', parent_id: 'read' })]);
    const after = tree.rows(more.activities, 'r', NONE);
    expect(before.every((row) => after.includes(row))).toBe(true);
  });

  it('shows a step whose parent is not known, and moves it below when that comes', () => {
    const tree = new TimelineTree();
    const orphan = fold(emptyState(), [step(1, 0, { activity_id: 'child', parent_id: 'late' })]);
    expect(outline(tree, orphan)).toEqual(['child']);
    expect(outline(tree, fold(orphan, [step(2, 1, { activity_id: 'late' })]))).toEqual(['late', ' child']);
  });

  it('shows several calls of the kind other under one step as one line, which opens', () => {
    const state = fold(emptyState(), [
      step(1, 0, { activity_id: 'answer' }),
      step(2, 1, { activity_id: 'GET a', parent_id: 'answer', kind: 'other' }),
      step(3, 2, { activity_id: 'think', parent_id: 'answer' }),
      step(4, 3, { activity_id: 'GET b', parent_id: 'answer', kind: 'other' }),
      step(5, 4, { activity_id: 'DNS', parent_id: 'GET b', kind: 'other' }),
      step(6, 5, { activity_id: 'POST', parent_id: 'answer', kind: 'other' }),
      step(7, 6, { activity_id: 'ask', parent_id: 'POST' }),
    ]);
    const tree = new TimelineTree();
    expect(outline(tree, state)).toEqual(['answer', ' 2 others', ' think', ' POST', '  ask']);
    const line = tree.rows(state.activities, 'r', NONE).find((row) => row.others > 0);
    expect(line?.expandable).toBe(true);
    const opened = new Set([line?.key ?? '']);
    expect(outline(tree, state, opened)).toEqual([
      'answer',
      ' 2 others',
      '  GET a',
      '  GET b',
      '   DNS',
      ' think',
      ' POST',
      '  ask',
    ]);
  });

  it('shows a single call of the kind other as it is', () => {
    const state = fold(emptyState(), [
      step(1, 0, { activity_id: 'answer' }),
      step(2, 1, { activity_id: 'GET', parent_id: 'answer', kind: 'other' }),
    ]);
    expect(outline(new TimelineTree(), state)).toEqual(['answer', ' GET']);
  });

  it('begins anew for another run or another log', () => {
    const tree = new TimelineTree();
    outline(tree, fold(emptyState(), nested));
    const other = fold(emptyState(), [step(1, 0, { activity_id: 'else', run_id: 'q' })]);
    expect(outline(tree, other, NONE, 'q')).toEqual(['else']);
    expect(outline(tree, other)).toEqual([]);
  });
});

describe('the end of a step', () => {
  const state = fold(emptyState(), exampleLog);
  const activity = (run: string, id: string) => {
    const found = state.activities.at(state.positions.get(activityKey(run, id)) ?? -1);
    if (!found) throw new Error(`The examples have no step ${id}.`);
    return found;
  };

  it('is now while it goes on', () => {
    const tide = activity('', 'tide');
    expect(isLive(tide, state.runs.get('')?.endedAt ?? null)).toBe(true);
    expect(endOf(tide, state.runs.get('')?.endedAt ?? null, tide.begin + 1234)).toBe(tide.begin + 1234);
  });

  it('is the end of its run when that left it open', () => {
    const left = { ...activity('run-1', 'plan'), end: null };
    const run = state.runs.get('run-1');
    expect(isLive(left, run?.endedAt ?? null)).toBe(false);
    expect(endOf(left, run?.endedAt ?? null, Number.MAX_SAFE_INTEGER)).toBe(run?.endedAt);
  });
});
