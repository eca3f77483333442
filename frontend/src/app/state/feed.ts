import { AgentStatus, EventType, LoggedEvent, RunStatus } from './events';
import { plainText } from './plain-text';
import { activityKey } from './session-state';
import { NO_FILTER, StepFilter } from './step-filter';
import { says, searchWords } from './step-search';
import { Vector } from './vector';

/** An event as one line of the feed. */
export interface FeedLine {
  readonly seq: number;
  /** The step it tells of, if it tells of one. */
  readonly stepKey: string | null;
  readonly at: number;
  readonly agent: string;
  /** Who said it, where that is no agent. */
  readonly person?: string;
  /** 'step', 'tool', 'model', 'handoff', 'approval', 'other', or what else it tells of. */
  readonly kind: string;
  readonly status: string;
  readonly text: string;
  readonly details: string;
}

const KIND_OF: Readonly<Partial<Record<EventType, string>>> = {
  agentStatusUpdate: 'agent',
  agentMessage: 'message',
  userMessage: 'message',
  runUpdate: 'run',
  error: 'error',
};

/** In words once: there are many events. */
const AGENT_IS: Readonly<Record<string, string>> = {
  idle: $localize`:an agent|:is idle`,
  working: $localize`:an agent|:is working`,
  waiting: $localize`:an agent|:is waiting`,
  done: $localize`:an agent|:is done`,
  failed: $localize`:an agent|:is failed`,
} satisfies Record<AgentStatus, string>;
const RUN_IS: Readonly<Record<string, string>> = {
  queued: $localize`Run queued`,
  running: $localize`Run running`,
  waiting: $localize`Run waiting`,
  completed: $localize`Run completed`,
  failed: $localize`Run failed`,
  cancelled: $localize`Run cancelled`,
} satisfies Record<RunStatus, string>;
const ANSWER = $localize`:noun|:Answer`;
const ANSWER_FINISHED = $localize`Answer finished`;
const REASONING = $localize`Reasoning`;
const REASONING_FINISHED = $localize`Reasoning finished`;
const A_USER = $localize`A user`;
const UNKNOWN = $localize`Reload the page to see this event.`;

export function feedLine(event: LoggedEvent): FeedLine {
  const { seq } = event;
  const line = {
    seq,
    stepKey: stepOf(event),
    at: Date.parse(event.time),
    kind: KIND_OF[event.type] ?? '',
    details: '',
  };
  switch (event.type) {
    case 'agentActivity':
      return {
        ...line,
        agent: event.agent_name,
        kind: event.kind ?? 'step',
        status: event.status,
        text: event.action,
        details: event.details ?? '',
      };
    case 'agentStatusUpdate':
      return {
        ...line,
        agent: event.agent_name,
        status: event.status,
        text: event.details ?? AGENT_IS[event.status] ?? event.status,
      };
    case 'agentMessage': {
      const reasons = event.channel === 'reasoning';
      const said = plainText(event.delta ?? '');
      const unsaid = reasons ? REASONING : ANSWER;
      const finished = reasons ? REASONING_FINISHED : ANSWER_FINISHED;
      const text = event.final ? finished : said === '' ? unsaid : said;
      const kind = reasons ? 'reasoning' : line.kind;
      return { ...line, kind, agent: event.agent_name, status: event.final ? 'completed' : 'in-progress', text };
    }
    case 'userMessage':
      return {
        ...line,
        agent: '',
        person: event.author ?? A_USER,
        status: event.delivery,
        text: event.text,
        details: event.reason ?? '',
      };
    case 'runUpdate': {
      const text = event.question ?? event.phase ?? RUN_IS[event.status] ?? event.status;
      return { ...line, agent: '', status: event.status, text, details: event.reason ?? '' };
    }
    case 'error':
      return { ...line, agent: event.agent_name ?? '', status: 'failed', text: event.message, details: event.code };
    default:
      return { ...line, ...unknown(event) };
  }
}

/** What a newer server tells to a page that was loaded before it. The build fails where a type of ours ends up here. */
function unknown(event: never): Pick<FeedLine, 'agent' | 'kind' | 'status' | 'text'> {
  const { type, agent_name: agent } = event as { type: string; agent_name?: string };
  return { agent: agent ?? '', kind: type, status: '', text: UNKNOWN };
}

function stepOf(event: LoggedEvent): string | null {
  const tells = event.type === 'agentActivity' || event.type === 'agentMessage' || event.type === 'error';
  return tells && event.activity_id ? activityKey(event.run_id, event.activity_id) : null;
}

export function matches(line: FeedLine, event: LoggedEvent, filter: StepFilter): boolean {
  if (filter.agent && line.agent !== filter.agent) return false;
  if (filter.kind && line.kind !== filter.kind) return false;
  if (filter.status && line.status !== filter.status) return false;
  const words = searchWords(filter.search);
  if (!words) return true;
  return says(`${line.agent} ${line.text} ${line.details}`, words) || saysInside(event, words);
}

/** In what went in and what came out. */
function saysInside(event: LoggedEvent, words: string): boolean {
  return event.type === 'agentActivity' && (says(event.input, words) || says(event.output, words));
}

/** The first `length` lines of a list that only grows. */
export class FeedLines {
  constructor(
    private readonly all: readonly FeedLine[],
    readonly length: number,
  ) {}

  slice(start: number, end: number): readonly FeedLine[] {
    return this.all.slice(start, Math.min(end, this.length));
  }

  /** The place of the line of this event; -1: it is not among them. */
  indexOf(seq: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.all[middle]?.seq ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low < this.length && this.all[low]?.seq === seq ? low : -1;
  }
}

/**
 * The lines of a log that pass a filter. A log only grows, so each event is looked at once per filter,
 * however often the log moves, and no line is copied. The log of an earlier moment has the first of them.
 */
export class FeedView {
  private log: Vector<LoggedEvent> = Vector.empty();
  private filter = NO_FILTER;
  private seen = 0;
  private lines: FeedLine[] = [];
  /** The latest moment of each run so far: in the order of the log its times do not run backwards. */
  private readonly latest = new Map<string, number>();

  show(log: Vector<LoggedEvent>, filter: StepFilter): FeedLines {
    const continues = filter === this.filter && (this.seen === 0 || log.at(0) === this.log.at(0));
    if (!continues) {
      this.seen = 0;
      this.lines = [];
      this.latest.clear();
    }
    for (; this.seen < log.length; this.seen++) {
      const event = log.at(this.seen);
      if (!event) break;
      const line = this.inOrder(feedLine(event), event.run_id ?? '');
      if (matches(line, event, filter)) this.lines.push(line);
    }
    this.log = log;
    this.filter = filter;
    return new FeedLines(this.lines, log.length < this.seen ? this.upTo(log) : this.lines.length);
  }

  /** How many of the lines are of this log. */
  private upTo(log: Vector<LoggedEvent>): number {
    const last = log.at(log.length - 1)?.seq ?? 0;
    let [low, high] = [0, this.lines.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.lines[middle]?.seq ?? 0) <= last) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private inOrder(line: FeedLine, run: string): FeedLine {
    const at = Math.max(line.at, this.latest.get(run) ?? 0);
    this.latest.set(run, at);
    return at === line.at ? line : { ...line, at };
  }
}
