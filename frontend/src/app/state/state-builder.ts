import { AgentColour, freeColour } from './agent-colour';
import { LoggedEvent } from './events';
import { Activity, Agent, Answer, NO_RUN, Reasoning, Run, SessionState, activityKey } from './session-state';
import { VectorEditor } from './vector';

/** Builds the next state: every part of the state is copied at most once, and only when it changes. */
export class StateBuilder {
  cursor: number;
  private readonly log: VectorEditor<LoggedEvent>;
  private readonly activities: VectorEditor<Activity>;
  private positions: SessionState['positions'];
  private runs: Map<string, Run> | null = null;
  private colours: Map<string, AgentColour> | null = null;
  private written: Map<string, Answer> | null = null;
  private thought: Map<string, Reasoning> | null = null;
  private replaced: Set<string> | null = null;
  private undecided: Map<string, Activity> | null = null;

  constructor(private readonly from: SessionState) {
    this.cursor = from.cursor;
    this.log = from.log.edit();
    this.activities = from.activities.edit();
    this.positions = from.positions;
  }

  take(event: LoggedEvent): void {
    this.cursor = event.seq;
    this.log.append(event);
  }

  activity(key: string): Activity | undefined {
    const position = this.positions.get(key);
    return position === undefined ? undefined : this.activities.at(position);
  }

  putActivity(activity: Activity): void {
    const position = this.positions.get(activity.key);
    if (position === undefined) {
      this.activities.append(activity);
      this.positions = this.positions.with(activity.key);
    } else {
      this.activities.set(position, activity);
    }
    if (activity.kind === 'approval') this.noteDecision(activity);
  }

  private noteDecision(activity: Activity): void {
    this.undecided ??= new Map(this.from.undecided);
    if (activity.end === null) this.undecided.set(activity.key, activity);
    else this.undecided.delete(activity.key);
  }

  markError(runId: string | null | undefined, activityId: string, message: string): void {
    const activity = this.activity(activityKey(runId, activityId));
    if (activity) this.putActivity({ ...activity, error: message });
  }

  /**
   * The event's run, or one just heard of: a log whose beginning is gone may start in the middle of a run, and what
   * agents tell outside of any run is gathered in one without a question.
   */
  run(event: LoggedEvent): Run {
    const id = event.run_id ?? NO_RUN;
    const runs = this.runs ?? this.from.runs;
    return (
      runs.get(id) ?? {
        id,
        number: this.from.runsBefore + runs.size + 1,
        status: 'running',
        ours: false,
        announced: this.from.kept > 1, // it may have been before what the server still keeps
        question: null,
        phase: null,
        progress: 0,
        model: null,
        agentId: null,
        attempt: 0,
        resumedAt: [],
        reason: null,
        place: null,
        retryOf: null,
        fromStep: null,
        pausedAt: null,
        queuedAt: Date.parse(event.time),
        startedAt: null,
        endedAt: null,
        tokens: 0,
        agents: new Map(),
        errors: [],
        told: [],
      }
    );
  }

  /** Nobody will say that it ends: it is outside of any run, or in one that says nothing of itself. */
  hasNoEnd(event: LoggedEvent): boolean {
    return !event.run_id || !this.run(event).announced;
  }

  hasRun(event: LoggedEvent): boolean {
    return (this.runs ?? this.from.runs).has(event.run_id ?? NO_RUN);
  }

  putRun(run: Run): void {
    this.runs ??= new Map(this.from.runs);
    this.runs.set(run.id, run);
  }

  agent(name: string, event: LoggedEvent): Agent {
    const at = Date.parse(event.time);
    return (
      this.run(event).agents.get(name) ?? {
        name,
        status: 'idle',
        doing: '',
        since: at,
        until: null,
        openCount: 0,
        open: [],
      }
    );
  }

  putAgent(agent: Agent, event: LoggedEvent): void {
    const run = this.run(event);
    this.putRun({ ...run, agents: new Map(run.agents).set(agent.name, agent) });
    this.colour(agent.name, run.id);
  }

  private colour(agent: string, runId: string): void {
    const known = this.colours ?? this.from.colours;
    if (known.has(agent)) return;
    const colleagues = (this.runs ?? this.from.runs).get(runId)?.agents.keys() ?? [];
    const inRun = new Set([...colleagues].flatMap((name) => known.get(name) ?? []));
    this.colours = new Map(known).set(agent, freeColour(agent, new Set(known.values()), inRun));
  }

  /** Nothing of an ended run is under way any more, whatever its last process managed to say. */
  restAgents(runId: string, at: number): void {
    const run = (this.runs ?? this.from.runs).get(runId);
    if (!run) return;
    const agents = [...run.agents.values()].map((agent): [string, Agent] => [
      agent.name,
      agent.until === null ? { ...agent, status: 'idle', until: at, openCount: 0, open: [] } : agent,
    ]);
    this.putRun({ ...run, agents: new Map(agents) });
  }

  get answers(): ReadonlyMap<string, Answer> {
    return this.written ?? this.from.answers;
  }

  putAnswer(answer: Answer): void {
    this.written ??= new Map(this.from.answers);
    this.written.set(answer.id, answer);
    this.colour(answer.agent, answer.runId);
  }

  get reasoning(): ReadonlyMap<string, Reasoning> {
    return this.thought ?? this.from.reasoning;
  }

  putReasoning(reasoning: Reasoning): void {
    this.thought ??= new Map(this.from.reasoning);
    this.thought.set(reasoning.id, reasoning);
  }

  replace(answerId: string): void {
    this.replaced ??= new Set(this.from.replaced);
    this.replaced.add(answerId);
  }

  done(): SessionState {
    return {
      cursor: this.cursor,
      first: this.from.first,
      kept: this.from.kept,
      runsBefore: this.from.runsBefore,
      log: this.log.done(),
      activities: this.activities.done(),
      positions: this.positions,
      runs: this.runs ?? this.from.runs,
      colours: this.colours ?? this.from.colours,
      answers: this.answers,
      reasoning: this.reasoning,
      replaced: this.replaced ?? this.from.replaced,
      undecided: this.undecided ?? this.from.undecided,
    };
  }
}
