import { PerPiece } from './per-piece';
import { Activity, Agent, Millis, Run } from './session-state';
import { isLive } from './timeline';
import { Vector } from './vector';

/** An agent, one of its tools, or all of them where there are many. */
export interface GraphNode {
  readonly id: string;
  readonly agent: string;
  /** 'tool': one tool; 'tools': all of the agent's. */
  readonly kind: 'agent' | 'tool' | 'tools';
  readonly label: string;
  readonly look: 'working' | 'waiting' | 'failed' | 'resting';
  readonly steps: number;
  readonly failed: number;
  readonly tokens: number;
  /** How long its steps took together; of the steps inside a step of its own only that one. */
  readonly took: Millis;
}

export interface GraphEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  /** 'next': nobody called it; it began after the other. */
  readonly kind: 'call' | 'next' | 'tool';
  readonly count: number;
  readonly live: boolean;
}

export interface AgentGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** With more nodes than these, the tools of an agent are one. */
export const MOST_NODES = 24;

interface Sum {
  steps: number;
  failed: number;
  tokens: number;
  took: Millis;
  /** Beginnings of what goes on. */
  open: Millis[];
}

/** What one piece of the list says of the run. */
interface Part {
  readonly agents: ReadonlyMap<string, Sum>;
  /** By agent and tool. */
  readonly tools: ReadonlyMap<string, Sum>;
  readonly calls: ReadonlyMap<string, { readonly count: number; readonly live: boolean }>;
  /** The agents of the steps that stand under none, in the order they began. */
  readonly roots: readonly string[];
}

const APART = '\n';
const ONE_TOOL = $localize`1 tool`;
const TOOLS = $localize`{count} tools`;

/** Who works in a run and whom they call, kept up as the run goes on. */
export class GraphView {
  private runId = '';
  private runEnd: Millis | null = null;
  private agentOf: (key: string) => string | undefined = () => undefined;
  private parts = this.newParts();

  show(activities: Vector<Activity>, run: Run, agentOf: (key: string) => string | undefined, now: Millis): AgentGraph {
    if (run.id !== this.runId || run.endedAt !== this.runEnd) this.parts = this.newParts();
    [this.runId, this.runEnd, this.agentOf] = [run.id, run.endedAt, agentOf];
    const parts = this.parts.of(activities);
    const agents = sumUp(parts.map((part) => part.agents));
    const tools = sumUp(parts.map((part) => part.tools));
    const nodes = [...agents].map(([name, sum]) => agentNode(name, sum, run.agents.get(name), now));
    const each = nodes.length + tools.size <= MOST_NODES;
    const toolNodes = [...(each ? tools : perAgent(tools))].map(([id, sum]) => toolNode(id, sum, tools, now));
    return { nodes: [...nodes, ...toolNodes], edges: [...callsOf(parts), ...toolNodes.map(toolEdge)] };
  }

  private newParts(): PerPiece<Activity, Part> {
    return new PerPiece((piece) => this.partOf(piece));
  }

  private partOf(piece: readonly Activity[]): Part {
    const agents = new Map<string, Sum>();
    const tools = new Map<string, Sum>();
    const calls = new Map<string, { count: number; live: boolean }>();
    const roots: string[] = [];
    for (const step of piece) {
      if (step.runId !== this.runId) continue;
      const caller = step.parentKey === null ? undefined : this.agentOf(step.parentKey);
      const live = isLive(step, this.runEnd);
      add(agents, step.agent, step, caller !== step.agent, this.runEnd, live);
      if (step.kind === 'tool')
        add(tools, `${step.agent}${APART}${toolName(step.action)}`, step, true, this.runEnd, live);
      if (caller === undefined) {
        roots.push(step.agent);
      } else if (caller !== step.agent) {
        const id = `${caller}${APART}${step.agent}`;
        const known = calls.get(id);
        calls.set(id, { count: (known?.count ?? 0) + 1, live: live || (known?.live ?? false) });
      }
    }
    return { agents, tools, calls, roots };
  }
}

/** What is the same in each call of a tool: 'Search “winter”' and 'Search “ice”' are calls of 'Search'. */
export function toolName(action: string): string {
  const words = action.split(/\s+/);
  const special = words.findIndex((word) => /["'“”„«(:\d[{]|\.\w/.test(word));
  return (special > 0 ? words.slice(0, special) : special === 0 ? [words[0] ?? action] : words).join(' ').slice(0, 60);
}

function add(
  sums: Map<string, Sum>,
  id: string,
  step: Activity,
  counts: boolean,
  runEnd: Millis | null,
  live: boolean,
): void {
  let sum = sums.get(id);
  if (!sum) sums.set(id, (sum = { steps: 0, failed: 0, tokens: 0, took: 0, open: [] }));
  sum.steps++;
  sum.tokens += step.inputTokens + step.outputTokens;
  if (step.status === 'failed') sum.failed++;
  if (!counts) return;
  if (live) sum.open.push(step.begin);
  else sum.took += Math.max(0, (step.end ?? runEnd ?? step.begin) - step.begin);
}

function sumUp(parts: readonly ReadonlyMap<string, Sum>[]): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const part of parts) {
    for (const [id, sum] of part) sums.set(id, together(sums.get(id), sum));
  }
  return sums;
}

function together(one: Sum | undefined, other: Sum): Sum {
  if (!one) return other;
  return {
    steps: one.steps + other.steps,
    failed: one.failed + other.failed,
    tokens: one.tokens + other.tokens,
    took: one.took + other.took,
    open: [...one.open, ...other.open],
  };
}

/** The tools of each agent as one, by the agent and nothing. */
function perAgent(tools: ReadonlyMap<string, Sum>): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const [id, sum] of tools) {
    const whole = `${id.split(APART)[0] ?? ''}${APART}`;
    sums.set(whole, together(sums.get(whole), sum));
  }
  return sums;
}

function agentNode(name: string, sum: Sum, agent: Agent | undefined, now: Millis): GraphNode {
  const active = agent?.until === null && agent.status !== 'idle';
  const look = active ? (agent.status === 'waiting' ? 'waiting' : 'working') : lastLook(agent?.status === 'failed');
  return { ...figures(sum, now), id: name, agent: name, kind: 'agent', label: name, look };
}

function toolNode(id: string, sum: Sum, tools: ReadonlyMap<string, Sum>, now: Millis): GraphNode {
  const [agent = '', tool = ''] = id.split(APART);
  const many = [...tools.keys()].filter((one) => one.startsWith(agent + APART)).length;
  const label = tool || (many === 1 ? ONE_TOOL : TOOLS.replace('{count}', String(many)));
  const look = sum.open.length > 0 ? 'working' : lastLook(sum.failed === sum.steps);
  return { ...figures(sum, now), id, agent, kind: tool ? 'tool' : 'tools', label, look };
}

function lastLook(failed: boolean): 'failed' | 'resting' {
  return failed ? 'failed' : 'resting';
}

function figures(
  { steps, failed, tokens, took, open }: Sum,
  now: Millis,
): Pick<GraphNode, 'steps' | 'failed' | 'tokens' | 'took'> {
  return { steps, failed, tokens, took: open.reduce((whole, begin) => whole + Math.max(0, now - begin), took) };
}

function toolEdge({ id, agent, steps, look }: GraphNode): GraphEdge {
  return { id: `tool${APART}${id}`, source: agent, target: id, kind: 'tool', count: steps, live: look === 'working' };
}

/** Who called whom; and where nobody calls anybody, who came after whom. */
function callsOf(parts: readonly Part[]): GraphEdge[] {
  const edges = new Map<string, GraphEdge>();
  const put = (source: string, target: string, kind: 'call' | 'next', count: number, live: boolean): void => {
    const id = `${source}${APART}${target}`;
    const known = edges.get(id);
    edges.set(id, {
      id,
      source,
      target,
      kind: known?.kind ?? kind,
      count: (known?.count ?? 0) + count,
      live: live || (known?.live ?? false),
    });
  };
  for (const { calls } of parts) {
    for (const [id, { count, live }] of calls) {
      const [source = '', target = ''] = id.split(APART);
      put(source, target, 'call', count, live);
    }
  }
  const roots = parts.flatMap((part) => part.roots);
  roots.forEach((agent, at) => {
    const before = roots[at - 1];
    if (before === undefined || before === agent || edges.get(`${before}${APART}${agent}`)?.kind === 'call') return;
    put(before, agent, 'next', 1, false);
  });
  return [...edges.values()];
}
