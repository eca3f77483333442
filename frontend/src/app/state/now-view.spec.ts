import { nowRow } from '../../testing/now';
import { ALL_OF_NOW, agentsOf, choiceFrom, choiceQuery, countsOf, linesOf, newsOf, orderOf } from './now-view';

const rows = [
  nowRow('runs'),
  nowRow('done', { status: 'completed', ended_at: '2026-03-14T09:05:00Z' }),
  nowRow('failed', { status: 'failed', agent_name: 'Purser', ended_at: '2026-03-14T09:01:00Z' }),
  nowRow('asks', { approvals: 1, agent_name: 'Purser' }),
  nowRow('later', { created_at: '2026-03-14T09:02:00Z', input_tokens: 5 }),
  nowRow('waits', { status: 'waiting', cost: 3, currency: 'EUR' }),
];
const byId = new Map(rows.map((row) => [row.row_id, row]));
const ids = (order: ReturnType<typeof orderOf>): string[] => order.map(({ row }) => row.session_id);

describe('what is shown of now', () => {
  it('has first what needs attention', () => {
    expect(ids(orderOf(rows, ALL_OF_NOW))).toEqual(['asks', 'failed', 'waits', 'later', 'runs', 'done']);
    expect(ids(orderOf(rows, { ...ALL_OF_NOW, sort: 'tokens' }))[0]).toBe('later');
    expect(ids(orderOf(rows, { ...ALL_OF_NOW, sort: 'cost' })).slice(0, 2)).toEqual(['waits', 'later']);
    expect(ids(orderOf(rows, { ...ALL_OF_NOW, sort: 'newest' }))[0]).toBe('later');
    expect(ids(orderOf(rows, { ...ALL_OF_NOW, sort: 'longest' })).at(-1)).toBe('later');
  });

  it('is filtered by status, agent and text', () => {
    expect(ids(orderOf(rows, { ...ALL_OF_NOW, status: 'running' }))).toEqual(['later', 'runs']);
    expect(ids(orderOf(rows, { ...ALL_OF_NOW, agent: 'Purser' }))).toEqual(['asks', 'failed']);
    expect(ids(orderOf(rows, { ...ALL_OF_NOW, text: ' SESSION wai' }))).toEqual(['waits']);
    expect(agentsOf(rows)).toEqual(['Lookout', 'Purser']);
    expect(countsOf(rows).get('running')).toBe(2);
  });

  it('is grouped, and a row that has changed or gone stays in its place', () => {
    const order = orderOf(rows, { ...ALL_OF_NOW, group: 'agent' });
    const changed = new Map(byId).set('runs/run-1', nowRow('runs', { status: 'completed' }));
    changed.delete('asks/run-1');
    const lines = linesOf(order, changed);
    expect(lines.map((line) => (line.kind === 'heading' ? `${line.name} ${line.count}` : line.row.session_id))).toEqual([
      'Lookout 4', 'waits', 'later', 'runs', 'done', 'Purser 2', 'asks', 'failed',
    ]); // prettier-ignore
    expect(lines.filter((line) => line.kind === 'row' && line.gone).map(({ id }) => id)).toEqual(['asks/run-1']);
  });

  it('tells what has changed since it was put in order', () => {
    const kept = orderOf(rows, ALL_OF_NOW);
    expect(newsOf(kept, orderOf(rows, ALL_OF_NOW))).toEqual({ added: 0, moved: false });
    expect(newsOf(kept, orderOf([...rows, nowRow('new')], ALL_OF_NOW))).toEqual({ added: 1, moved: true });
    expect(newsOf(kept, orderOf(rows.slice(1), ALL_OF_NOW))).toEqual({ added: 0, moved: true });
  });

  it('stands in the address', () => {
    const choice = { status: 'failed', agent: 'Purser', text: 'x', sort: 'tokens', group: 'status' } as const;
    expect(choiceFrom({ ...choiceQuery(choice) } as Record<string, string>)).toEqual(choice);
    expect(Object.values(choiceQuery(ALL_OF_NOW))).toEqual([null, null, null, null, null]);
    expect(choiceFrom({ status: 'nonsense', sort: 'nonsense', group: 'nonsense' })).toEqual(ALL_OF_NOW);
  });
});
