import {
  Component,
  ElementRef,
  computed,
  effect,
  inject,
  input,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { Edge, HtmlTemplateNode, Vflow, VflowComponent, createEdge } from 'ngx-vflow';

import { Calm } from '../../services/calm.service';
import { GraphEdge, GraphNode, GraphView } from '../../state/agent-graph';
import { count } from '../../state/format';
import { Place, placesOf, sizeOf } from '../../state/graph-layout';
import { Run, SessionState } from '../../state/session-state';
import { IconComponent } from '../shared/icon.component';
import { GraphNodeComponent } from './graph-node.component';

const PADDING = 0.08;

/** Who works in a run, with what, and whom they call. It lights up as the run goes on; what is there stays in its place. */
@Component({
  selector: 'app-agent-graph',
  imports: [GraphNodeComponent, IconComponent, Vflow],
  templateUrl: './agent-graph.component.html',
  styleUrl: './agent-graph.component.css',
})
export class AgentGraphComponent {
  readonly state = input.required<SessionState>();
  readonly run = input.required<Run>();
  readonly now = input.required<number>();
  /** Something was chosen, to be looked at more closely. */
  readonly chosen = output<GraphNode>();

  protected readonly count = count;
  private readonly view = new GraphView();
  private readonly flow = viewChild(VflowComponent);
  private readonly seen = inject(Calm).follow(
    computed(() => ({ state: this.state(), run: this.run() })),
    ({ run }) => `${run.id} ${run.endedAt}`,
  );
  protected readonly graph = computed(() => {
    const { run, state } = this.seen();
    const { activities, positions } = state;
    const agentOf = (key: string): string | undefined => activities.at(positions.get(key) ?? -1)?.agent;
    return this.view.show(activities, run, agentOf, this.now());
  });
  /** Changes when something is there that was not. */
  private readonly shape = computed(() => {
    const { nodes, edges } = this.graph();
    return `${this.run().id} ${nodes.map(({ id }) => id).join()} ${edges.map(({ id }) => id).join()}`;
  });
  private readonly edgesById = computed(() => new Map(this.graph().edges.map((edge) => [edge.id, edge])));
  private readonly drawn = new Map<string, HtmlTemplateNode<GraphNode>>();
  private readonly joined = new Map<string, Edge<GraphEdge>>();
  private places: ReadonlyMap<string, Place> = new Map();
  private drawnRun: string | null = null;
  private readonly canvas = viewChild.required<ElementRef<HTMLElement>>('canvas');
  /** Whether whoever looks has zoomed or moved it: then it stays as it is. */
  private moved = false;
  protected readonly nodes = signal<HtmlTemplateNode<GraphNode>[]>([]);
  protected readonly edges = signal<Edge<GraphEdge>[]>([]);

  constructor() {
    effect(() => {
      this.shape();
      untracked(() => this.draw());
    });
    effect(() => {
      for (const node of this.graph().nodes)
        this.drawn.get(node.id)?.data?.update((known) => (sameNode(known, node) ? known : node));
      for (const edge of this.graph().edges)
        this.joined.get(edge.id)?.data?.update((known) => (sameEdge(known, edge) ? known : edge));
    });
    effect(() => {
      if (this.nodes().length > 0 && this.flow()?.initialized()) untracked(() => this.fitUnlessMoved());
    });
    effect((onCleanup) => {
      const canvas = this.canvas().nativeElement;
      const listening = new AbortController();
      // A wheel zooms, a press on what is between the nodes moves it.
      for (const kind of ['wheel', 'pointerdown'] as const) {
        canvas.addEventListener(kind, () => (this.moved = true), { signal: listening.signal, capture: true });
      }
      // The flow learns its size from an observer of its own, in the same frame.
      const observer = new ResizeObserver(() => requestAnimationFrame(() => this.fitUnlessMoved()));
      observer.observe(canvas);
      onCleanup(() => {
        listening.abort();
        observer.disconnect();
      });
    });
  }

  protected edgeOf(id: string): GraphEdge | undefined {
    return this.edgesById().get(id);
  }

  /** All of it, whatever whoever looks has moved. */
  protected fit(): void {
    this.moved = false;
    this.flow()?.fitView({ padding: PADDING });
  }

  private fitUnlessMoved(): void {
    if (!this.moved && this.flow()?.initialized()) this.fit();
  }

  private draw(): void {
    const graph = this.graph();
    if (this.drawnRun !== this.run().id) this.forget();
    this.drawnRun = this.run().id;
    this.places = placesOf(graph, this.places);
    for (const node of graph.nodes) {
      if (this.drawn.has(node.id)) continue;
      const { width, height } = sizeOf(node);
      this.drawn.set(node.id, {
        id: node.id,
        type: 'html-template',
        point: signal(this.places.get(node.id) ?? { x: 0, y: 0 }),
        width: signal(width),
        height: signal(height),
        draggable: signal(false),
        data: signal(node),
      });
    }
    for (const edge of graph.edges) {
      if (this.joined.has(edge.id)) continue;
      const { id, source, target } = edge;
      const edgeLabels = { center: { type: 'html-template' as const, data: id } };
      this.joined.set(
        id,
        createEdge<GraphEdge>({ id, source, target, type: 'template', curve: 'bezier', data: edge, edgeLabels }),
      );
    }
    // At an earlier moment there is less.
    this.nodes.set(graph.nodes.flatMap(({ id }) => this.drawn.get(id) ?? []));
    this.edges.set(graph.edges.flatMap(({ id }) => this.joined.get(id) ?? []));
  }

  private forget(): void {
    this.moved = false;
    this.drawn.clear();
    this.joined.clear();
    this.places = new Map();
  }
}

function sameNode(one: GraphNode, other: GraphNode): boolean {
  return (
    one.look === other.look &&
    one.steps === other.steps &&
    one.failed === other.failed &&
    one.tokens === other.tokens &&
    one.took === other.took &&
    one.label === other.label
  );
}

function sameEdge(one: GraphEdge, other: GraphEdge): boolean {
  return one.count === other.count && one.live === other.live && one.kind === other.kind;
}
