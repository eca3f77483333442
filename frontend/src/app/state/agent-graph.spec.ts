import { exampleLog, runUpdate, step } from '../../testing/events';
import { AgentActivity } from './events';
import { AgentGraph, GraphView, MOST_NODES, toolName } from './agent-graph';
import { fold } from './fold';
import { Place, placesOf, sizeOf } from './graph-layout';
import { SessionState, emptyState } from './session-state';

function graphOf(state: SessionState, runId = 'r', now = 0, view = new GraphView()): AgentGraph {
  const run = state.runs.get(runId);
  if (!run) throw new Error(`There is no run ${runId}.`);
  const agentOf = (key: string) => state.activities.at(state.positions.get(key) ?? -1)?.agent;
  return view.show(state.activities, run, agentOf, now);
}

const called = (fields: Partial<AgentActivity>[]) =>
  fold(emptyState(), [
    runUpdate(1, 0, { status: 'running' }),
    ...fields.map((one, at) => step(at + 2, at * 100, { activity_id: `${at}`, ...one })),
  ]);

describe('the graph of a run', () => {
  const state = called([
    { activity_id: 'root', agent_name: 'Supervisor' },
    { activity_id: 'read', parent_id: 'root', agent_name: 'Reader' },
    { activity_id: 't1', parent_id: 'read', agent_name: 'Reader', kind: 'tool', action: 'Read a.pdf' },
    {
      activity_id: 't1',
      parent_id: 'read',
      agent_name: 'Reader',
      kind: 'tool',
      action: 'Read a.pdf',
      status: 'failed',
    },
    { activity_id: 't2', parent_id: 'read', agent_name: 'Reader', kind: 'tool', action: 'Read b.pdf' },
    { activity_id: 'again', parent_id: 'root', agent_name: 'Reader', status: 'completed' },
  ]);

  it('has whoever works, with what, and who called whom how often', () => {
    const { nodes, edges } = graphOf(state);
    expect(nodes.map(({ label, kind, steps, failed }) => [label, kind, steps, failed])).toEqual([
      ['Supervisor', 'agent', 1, 0],
      ['Reader', 'agent', 4, 1],
      ['Read', 'tool', 2, 1],
    ]);
    expect(
      edges.map(({ source, target, kind, count, live }) => [source, target.replace('\n', ' '), kind, count, live]),
    ).toEqual([
      ['Supervisor', 'Reader', 'call', 2, true],
      ['Reader', 'Reader Read', 'tool', 2, true],
    ]);
  });

  it('lights up what works, and counts on', () => {
    const begin = Date.UTC(2026, 2, 14, 9, 0, 0);
    const look = (now: number) => graphOf(state, 'r', begin + now).nodes.map((node) => [node.look, node.took]);
    expect(look(1000)).toEqual([
      ['working', 1000],
      ['working', 900],
      ['working', 100 + 600],
    ]);
    const ended = fold(state, [runUpdate(8, 2000, { status: 'completed' })]);
    expect(graphOf(ended, 'r', begin + 9000).nodes.map(({ look: one }) => one)).toEqual([
      'resting',
      'resting',
      'resting',
    ]);
  });

  it('tells who came after whom where nobody calls anybody', () => {
    const crew = called([{ agent_name: 'A' }, { agent_name: 'A' }, { agent_name: 'B' }, { agent_name: 'A' }]);
    expect(graphOf(crew).edges.map(({ source, target, kind }) => `${source} ${target} ${kind}`)).toEqual([
      'A B next',
      'B A next',
    ]);
  });

  it('is the same for one who saw it grow', () => {
    for (const run of ['run-1', 'run-2']) {
      const view = new GraphView();
      let growing = emptyState();
      for (const event of exampleLog) {
        growing = fold(growing, [event]);
        if (growing.runs.has(run)) expect(graphOf(growing, run, 0, view)).toEqual(graphOf(growing, run));
      }
    }
  });

  it('has the tools of an agent as one where there are many', () => {
    const many = called(
      Array.from({ length: 600 }, (_, at) => ({
        agent_name: `Agent ${at % 5}`,
        kind: 'tool' as const,
        action: `tool_${at % 100}`,
      })),
    );
    const { nodes } = graphOf(many);
    expect(nodes.length).toBeLessThanOrEqual(MOST_NODES);
    expect(nodes.filter(({ kind }) => kind === 'tools').map(({ label, steps }) => [label, steps])[0]).toEqual([
      '20 tools',
      120,
    ]);
  });

  it('knows the calls of one tool by what is the same in them', () => {
    expect(['Search “winter”', 'Search “ice 4”', 'Search'].map(toolName)).toEqual(['Search', 'Search', 'Search']);
    expect(['Read harbour-log.pdf', 'search_documents', '2 things', 'Look at row 4'].map(toolName)).toEqual([
      'Read',
      'search_documents',
      '2',
      'Look at row',
    ]);
  });
});

describe('the places of a graph', () => {
  it('stay while it grows, and nothing stands on anything else', () => {
    let places: ReadonlyMap<string, Place> = new Map();
    for (let size = 1; size <= 12; size++) {
      const fields = Array.from({ length: size }, (_, at) => ({
        parent_id: at ? '0' : undefined,
        agent_name: `Agent ${at}`,
      }));
      const graph = graphOf(called(fields));
      const next = placesOf(graph, places);
      for (const [id, place] of places) expect(next.get(id)).toEqual(place);
      places = next;
      const boxes = graph.nodes.map((node) => ({ ...(places.get(node.id) ?? { x: 0, y: 0 }), ...sizeOf(node) }));
      for (const one of boxes) {
        const hit = boxes.filter(
          (other) =>
            other !== one &&
            other.x < one.x + one.width &&
            one.x < other.x + other.width &&
            other.y < one.y + one.height &&
            one.y < other.y + other.height,
        );
        expect(hit).toEqual([]);
      }
    }
    expect(places.size).toBe(12);
  });
});
