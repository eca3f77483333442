import { AgentActivity, AgentMessage, LoggedEvent, RunUpdate, hasEnded } from '../events';
import { Millis, NO_RUN, SessionState, activityKey } from '../session-state';
import { Vector } from '../vector';
import { Asked, Plain, Turn } from './beginning';
import { Cast, Presence } from './cast';
import { Ending } from './ending';
import { Known, Note, Sentence } from './note';
import { PHRASES, figure, number } from './phrases';
import { Question } from './question';
import { Pause, Wait } from './rests';
import { Said } from './said';
import { Text } from './text';
import { Trouble } from './trouble';
import { Usage } from './usage';
import { Work, groupOf, toolOf } from './work';

/** With more notes than these, an agent's steps are told of together however much happens between them. */
const MANY = 300;

/**
 * The chronicle of a run: what happened in it as whole sentences, by rules alone. It says nothing that no event says,
 * and each sentence names the events it rests on.
 *
 * It is kept up as the log goes on: each event is looked at once. An earlier moment is told from the beginning.
 */
export class ChronicleView {
  private log: Vector<LoggedEvent> = Vector.empty();
  private seen = 0;
  private notes = new Notes('');

  show(state: SessionState, runId: string): readonly Sentence[] {
    const { log } = state;
    const continues = this.seen === 0 || (log.length >= this.seen && log.at(0) === this.log.at(0));
    if (!continues || runId !== this.notes.runId) {
      this.seen = 0;
      this.notes = new Notes(runId);
    }
    for (; this.seen < log.length; this.seen++) {
      const event = log.at(this.seen);
      if (event && (event.run_id ?? NO_RUN) === runId) this.notes.take(event, state.kept);
    }
    this.log = log;
    const run = state.runs.get(runId);
    return run ? this.notes.sentences({ state, run }) : [];
  }
}

/** What is noted of one run, in the order it began. */
class Notes {
  private readonly notes: Note[] = [];
  private readonly groups = new Map<string, Map<string, Work>>();
  private readonly workOf = new Map<string, Work>();
  private readonly questions = new Map<string, Question>();
  private readonly texts = new Map<string, Text>();
  private readonly said = new Map<string, Said>();
  private readonly troubles = new Map<string, Trouble>();
  private readonly presences = new Map<string, Presence>();
  private cast: Cast | null = null;
  private usage: Usage | null = null;
  private turn: Turn | null = null;
  private wait: Wait | null = null;
  private pause: Pause | null = null;
  private before: RunUpdate | null = null;
  private question: string | null = null;
  private attempt = 0;
  private began: Millis | null = null;
  private startMissing = false;
  private lastMessage: string | null = null;
  /** In the order of the log its times do not run backwards. */
  private latest: Millis = 0;
  private isEmpty = true;

  constructor(readonly runId: string) {}

  take(event: LoggedEvent, first: number): void {
    this.latest = Math.max(this.latest, Date.parse(event.time));
    if (this.isEmpty) this.begin(event, first);
    this.isEmpty = false;
    switch (event.type) {
      case 'agentActivity':
        this.takeStep(event);
        break;
      case 'agentStatusUpdate':
        this.meet(event.agent_name, event);
        this.presenceOf(event.agent_name).says(event, event.details);
        break;
      case 'agentMessage':
        this.takeText(event);
        break;
      case 'runUpdate':
        this.takeRun(event);
        break;
      case 'userMessage':
        this.kept(this.said, event.message_id, () => new Said(this.latest)).hear(event, this.latest);
        break;
      case 'error': {
        const key = JSON.stringify([event.agent_name ?? '', event.code, event.message]);
        const trouble = this.kept(this.troubles, key, () => new Trouble(this.latest, event));
        trouble.again(event, event.activity_id ? this.shown(activityKey(event.run_id, event.activity_id)) : null);
        this.lastMessage = event.message;
        break;
      }
      default:
        event satisfies never; // of a newer server: nothing is known of it, so nothing is said
    }
  }

  sentences(known: Known): readonly Sentence[] {
    const notes = this.usage === null ? this.notes : [...this.notes, this.usage];
    return notes.flatMap((note) => note.sentence(known) ?? []);
  }

  /** A run whose first event is none of those that begin one, where the server no longer keeps the beginning. */
  private begin(event: LoggedEvent, first: number): void {
    if (first <= 1 || (event.type === 'runUpdate' && event.question)) return;
    this.startMissing = true;
    this.note(new Plain(this.latest, PHRASES.missing, { seq: figure(String(first)) })).add(event);
  }

  private takeStep(event: AgentActivity & LoggedEvent): void {
    const { agent_name: agent, action, kind = 'step' } = event;
    const key = activityKey(event.run_id, event.activity_id);
    this.meet(agent, event);
    this.presenceOf(agent).works(event);
    if (event.usage) (this.usage ??= new Usage(this.latest)).hear(event, key);
    if (this.questions.has(key) || (kind === 'approval' && !this.workOf.has(key))) {
      this.kept(this.questions, key, () => new Question(this.latest, key)).add(event, key);
      this.part();
      return;
    }
    let work = this.workOf.get(key);
    if (!work) this.workOf.set(key, (work = this.groupFor(agent, kind, action)));
    work.add(event, key);
    if (kind === 'handoff' && hasEnded(event.status)) this.part(agent);
  }

  private groupFor(agent: string, kind: NonNullable<AgentActivity['kind']>, action: string): Work {
    const groups = this.groups.get(agent) ?? new Map<string, Work>();
    this.groups.set(agent, groups);
    return this.kept(groups, groupOf(kind, action), () => new Work(this.latest, agent, kind, toolOf(kind, action)));
  }

  private takeText(event: AgentMessage & LoggedEvent): void {
    this.meet(event.agent_name, event);
    this.presenceOf(event.agent_name).works(event);
    if (event.channel === 'reasoning') return;
    const key = activityKey(event.run_id, event.message_id);
    this.kept(this.texts, key, () => new Text(this.latest, key)).add(event);
    if (event.replaces) this.texts.get(activityKey(event.run_id, event.replaces))?.add(event);
    if (event.final) this.part(event.agent_name);
  }

  private takeRun(event: RunUpdate & LoggedEvent): void {
    const { status, before } = { status: event.status, before: this.before };
    this.askOrBegin(event);
    if (status === 'queued') this.queue(event);
    else this.leave('turn', event);
    if (event.paused !== undefined && event.paused !== null) this.rest(event, event.paused);
    if (status === 'waiting' && event.paused === undefined) this.hold(event);
    else if (status === 'waiting' && this.pause) this.pause.hold(event);
    else if (status !== 'waiting') this.leave('wait', event);
    if (status === 'running') {
      const again = this.attempt > 0 && (event.attempt ?? 0) > this.attempt && before?.status === 'running';
      if (again && event.attempt)
        this.note(new Plain(this.latest, PHRASES.takenUp, { attempt: number(event.attempt) })).add(event);
      this.began ??= this.startMissing ? null : Date.parse(event.time);
    }
    this.attempt = event.attempt ?? this.attempt;
    this.before = event;
    if (hasEnded(status)) this.end(event);
  }

  private askOrBegin(event: RunUpdate & LoggedEvent): void {
    if (event.question && event.question !== this.question) {
      this.question = event.question;
      this.note(new Asked(this.latest, event.question, Boolean(event.retry_of))).add(event);
    } else if (this.before === null && event.status === 'running' && !this.startMissing) {
      this.note(new Plain(this.latest, PHRASES.begun)).add(event);
    } else if (this.before !== null && hasEnded(this.before.status) && !hasEnded(event.status)) {
      this.note(new Plain(this.latest, PHRASES.wentOn)).add(event);
    }
  }

  private queue(event: RunUpdate & LoggedEvent): void {
    if (this.startMissing && this.before === null) return;
    const again = this.before !== null && this.before.status !== 'queued';
    this.turn ??= this.note(new Turn(Date.parse(event.time), again));
    // Of a pause it is said there.
    this.turn.hear(event.paused === undefined || event.paused === null ? event : { ...event, reason: null });
    if (again) this.part();
  }

  private hold(event: RunUpdate & LoggedEvent): void {
    this.wait ??= this.note(new Wait(Date.parse(event.time)));
    this.wait.hear(event, event.reason);
    this.part();
  }

  private rest(event: RunUpdate & LoggedEvent, paused: boolean): void {
    if (!paused) {
      this.leave('pause', event);
      return;
    }
    this.pause ??= this.note(new Pause(Date.parse(event.time)));
    this.pause.hear(event, event.reason);
    if (event.status !== 'running') this.pause.hold(event);
    this.part();
  }

  private leave(what: 'turn' | 'wait' | 'pause', event: LoggedEvent): void {
    this[what]?.end(event, Date.parse(event.time));
    this[what] = null;
  }

  private end(event: RunUpdate & LoggedEvent): void {
    this.pause = null;
    const reason = event.reason && event.reason !== this.lastMessage ? event.reason : null;
    this.note(new Ending(Date.parse(event.time), event, this.began, reason)).add(event);
    this.part();
  }

  /** What is done from here on is told of anew: of one agent, or of all. */
  private part(agent?: string): void {
    if (this.notes.length > MANY) return;
    if (agent === undefined) this.groups.clear();
    else this.groups.delete(agent);
  }

  private meet(name: string, event: LoggedEvent): void {
    this.cast ??= this.note(new Cast(this.latest));
    this.cast.meet(name, event);
  }

  private presenceOf(name: string): Presence {
    return this.kept(this.presences, name, () => new Presence(this.latest, name));
  }

  private kept<N extends Note>(notes: Map<string, N>, key: string, made: () => N): N {
    let note = notes.get(key);
    if (!note) notes.set(key, (note = this.note(made())));
    return note;
  }

  private note<N extends Note>(note: N): N {
    this.notes.push(note);
    return note;
  }

  /** A step that was told of before. */
  private shown(key: string): string | null {
    return this.workOf.has(key) || this.questions.has(key) ? key : null;
  }
}
