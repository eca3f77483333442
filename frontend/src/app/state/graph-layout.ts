import { Graph, layout } from '@dagrejs/dagre';

import { AgentGraph, GraphNode } from './agent-graph';

export interface Place {
  readonly x: number;
  readonly y: number;
}

const SIZES: Readonly<Record<GraphNode['kind'], { readonly width: number; readonly height: number }>> = {
  agent: { width: 196, height: 62 },
  tool: { width: 158, height: 40 },
  tools: { width: 158, height: 40 },
};
const BETWEEN = 18;

export function sizeOf({ kind }: GraphNode): { readonly width: number; readonly height: number } {
  return SIZES[kind];
}

/**
 * A place for each node. Those that have one keep it, so that nothing moves while the run goes on; a new one comes where
 * the whole graph would have it beside one that it is joined to, and below what stands there.
 */
export function placesOf(graph: AgentGraph, before: ReadonlyMap<string, Place>): ReadonlyMap<string, Place> {
  const ideal = laidOut(graph);
  const stay = graph.nodes.filter(({ id }) => before.has(id));
  if (stay.length === 0) return ideal;
  const places = new Map(stay.map(({ id }) => [id, before.get(id) ?? ORIGIN]));
  for (const node of graph.nodes) {
    if (places.has(node.id)) continue;
    const joined = graph.edges.find(({ source, target }) => target === node.id && places.has(source))?.source;
    const anchor = joined ?? [...places.keys()][0] ?? '';
    const [is, was, own] = [places.get(anchor), ideal.get(anchor), ideal.get(node.id)];
    if (!is || !was || !own) continue;
    places.set(node.id, free(node, { x: is.x + own.x - was.x, y: is.y + own.y - was.y }, graph, places));
  }
  return places;
}

const ORIGIN: Place = { x: 0, y: 0 };

function laidOut({ nodes, edges }: AgentGraph): Map<string, Place> {
  const drawn = new Graph();
  drawn.setGraph({ rankdir: 'LR', nodesep: BETWEEN, ranksep: 64 });
  drawn.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) drawn.setNode(node.id, { ...sizeOf(node) });
  for (const { source, target } of edges) drawn.setEdge(source, target);
  layout(drawn);
  return new Map(
    nodes.map((node) => {
      const { x = 0, y = 0 } = drawn.node(node.id) as { x?: number; y?: number };
      const { width, height } = sizeOf(node);
      // From below: so whoever was heard of first stands above the others.
      return [node.id, { x: x - width / 2, y: -y - height / 2 }];
    }),
  );
}

function free(node: GraphNode, wanted: Place, graph: AgentGraph, places: ReadonlyMap<string, Place>): Place {
  const { width, height } = sizeOf(node);
  let y = wanted.y;
  const taken = graph.nodes.flatMap((other) => {
    const place = places.get(other.id);
    const size = sizeOf(other);
    const beside = place && place.x < wanted.x + width && place.x + size.width > wanted.x;
    return beside ? [{ top: place.y - BETWEEN, bottom: place.y + size.height + BETWEEN }] : [];
  });
  for (const { top, bottom } of taken.sort((one, other) => one.top - other.top)) {
    if (y + height > top && y < bottom) y = bottom;
  }
  return { x: wanted.x, y };
}
