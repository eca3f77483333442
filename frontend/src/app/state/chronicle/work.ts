import { toolName } from '../agent-graph';
import { ActivityKind, AgentActivity, LoggedEvent } from '../events';
import { isRefused } from '../refusal';
import { Activity, Millis, SessionState } from '../session-state';
import { NO_FILTER, StepFilter } from '../step-filter';
import { Known, Look, Note } from './note';
import { PHRASES, Phrase, Piece, Values, agent, list, number, paragraph, quote, say } from './phrases';

const MOST_NAMED = 3;
const LONGEST_INPUT = 40;
/** What whoever may not see the data of tools is told of each of them. */
const HIDDEN_TOOL = 'Use a tool';

interface Tally {
  /** Without the calls that were refused: nobody made those. */
  readonly steps: readonly Activity[];
  readonly refused: readonly Activity[];
  readonly open: number;
  readonly failed: readonly Activity[];
  readonly triedAgain: number;
  readonly stopped: number;
  readonly endless: number;
}

/** By what steps of an agent are told of together. */
export function groupOf(kind: ActivityKind, action: string): string {
  return kind === 'tool' ? `tool ${calledTool(action)}` : kind;
}

/** Steps of one kind of an agent, and where they are calls of tools, of one tool. */
export class Work extends Note {
  protected readonly name = 'work';
  /** Also where a later step of these was completed. */
  protected override matters = false;

  constructor(
    at: Millis,
    private readonly agent: string,
    private readonly kind: ActivityKind,
    private readonly tool: string,
  ) {
    super(at);
  }

  override add(event: AgentActivity & LoggedEvent, stepKey: string): void {
    super.add(event, stepKey);
    this.matters ||= event.status === 'failed';
  }

  protected words({ state, run }: Known): readonly Piece[] {
    const steps = this.known(state);
    if (steps.length === 0) return [];
    const tally = tallyOf(steps, run.endedAt !== null);
    return paragraph(this.main(tally), ...outcomes(tally), reported(steps));
  }

  protected look({ state, run }: Known): Look {
    const steps = this.known(state);
    if (run.endedAt === null && steps.some(({ end }) => end === null)) return 'open';
    return steps.at(-1)?.status === 'failed' ? 'failed' : 'plain';
  }

  protected override filter(): StepFilter {
    const { agent, kind, tool } = this;
    return { ...NO_FILTER, agent, kind, search: kind === 'tool' ? tool : '' };
  }

  private known({ activities, positions }: SessionState): readonly Activity[] {
    const found: Activity[] = [];
    for (const key of this.steps) {
      const step = activities.at(positions.get(key) ?? -1);
      if (step) found.push(step);
    }
    return found;
  }

  private main({ steps, refused, open }: Tally): readonly Piece[] {
    if (steps.length === 0) return this.refusals(refused);
    const count = steps.length;
    const values = { agent: agent(this.agent), count: number(count) };
    const phrase = (past: Phrase, now: Phrase, more: Values): Piece[] =>
      say(open > 0 ? now : past, { ...values, ...more }, count);
    const actions = this.kind === 'tool' ? [] : named(steps.map(({ action }) => action));
    switch (this.kind) {
      case 'tool':
        return this.calls(steps, phrase);
      case 'model': {
        const models = distinct(steps.flatMap(({ model }) => model ?? []));
        if (models.length === 0) return phrase(PHRASES.modelled, PHRASES.models, {});
        return phrase(PHRASES.modelledNamed, PHRASES.modelsNamed, { models: named(models) });
      }
      case 'handoff':
        return phrase(PHRASES.handed, PHRASES.hands, { actions });
      case 'other':
        return phrase(PHRASES.calledOther, PHRASES.callsOther, { actions });
      default:
        if (distinct(steps.map(({ action }) => action)).length > 1)
          return phrase(PHRASES.workedOnMany, PHRASES.worksOnMany, { actions });
        return phrase(PHRASES.worked, PHRASES.works, { actions });
    }
  }

  private refusals(calls: readonly Activity[]): readonly Piece[] {
    const count = calls.length;
    const values = {
      agent: agent(this.agent),
      tool: quote(this.tool),
      count: number(count),
      details: lastError(calls),
    };
    const inputs = calls.map(inputOf);
    if (inputs.includes(null)) return say(PHRASES.refused, values, count);
    return say(PHRASES.refusedWith, { ...values, inputs: named(inputs.filter((one) => one !== null)) }, count);
  }

  private calls(steps: readonly Activity[], phrase: (past: Phrase, now: Phrase, more: Values) => Piece[]): Piece[] {
    if (this.tool === HIDDEN_TOOL) return phrase(PHRASES.usedHidden, PHRASES.usesHidden, {});
    const inputs = steps.map(inputOf);
    const tool = quote(this.tool);
    if (inputs.includes(null)) return phrase(PHRASES.used, PHRASES.uses, { tool });
    return phrase(PHRASES.usedWith, PHRASES.usesWith, { tool, inputs: named(inputs.filter((one) => one !== null)) });
  }
}

function calledTool(action: string): string {
  return toolName(action).replace(/:$/, '');
}

export function toolOf(kind: ActivityKind, action: string): string {
  return kind === 'tool' ? calledTool(action) : '';
}

function tallyOf(all: readonly Activity[], runEnded: boolean): Tally {
  const refused = all.filter(wasRefused);
  const steps = refused.length === 0 ? all : all.filter((step) => !wasRefused(step));
  const unfinished = steps.filter(({ end }) => end === null).length;
  const failed = steps.filter(({ status }) => status === 'failed');
  return {
    steps,
    refused,
    open: runEnded ? 0 : unfinished,
    failed,
    triedAgain: triedAgain(steps),
    stopped: steps.filter(({ status }) => status === 'cancelled').length,
    endless: runEnded ? unfinished : 0,
  };
}

/** What a step says that has not changed is not worked out again: what tools are given may be long. */
function remembered<T extends string | boolean | null>(work: (step: Activity) => T): (step: Activity) => T {
  const known = new WeakMap<Activity, T>();
  return (step) => {
    const found = known.get(step);
    if (found !== undefined) return found;
    const worked = work(step);
    known.set(step, worked);
    return worked;
  };
}

const wasRefused = remembered(isRefused);
const callOf = remembered((step) => `${step.action} ${JSON.stringify(step.input)}`);

/** How many calls failed that were made again, word for word. */
function triedAgain(steps: readonly Activity[]): number {
  const waiting = new Map<string, number>();
  let found = 0;
  for (const step of steps) {
    if (step.kind !== 'tool' || step.input === undefined) continue;
    if (waiting.size === 0 && step.status !== 'failed') continue;
    const call = callOf(step);
    const before = waiting.get(call) ?? 0;
    if (before > 0) {
      found++;
      waiting.set(call, before - 1);
    }
    if (step.status === 'failed') waiting.set(call, (waiting.get(call) ?? 0) + 1);
  }
  return found;
}

function outcomes({ steps, refused, failed, triedAgain, stopped, endless }: Tally): readonly Piece[][] {
  const only = steps.length === 1;
  const details = failed.at(-1)?.error;
  const told: Piece[][] = [];
  if (failed.length > 0) {
    const values = { count: number(failed.length), details: details ? quote(details) : [] };
    const phrase = only
      ? details
        ? PHRASES.failedOnlySaying
        : PHRASES.failedOnly
      : details
        ? PHRASES.failedSaying
        : PHRASES.failed;
    told.push(say(phrase, values, failed.length));
  }
  if (refused.length > 0 && steps.length > 0) {
    const values = { count: number(refused.length), details: lastError(refused) };
    told.push(say(PHRASES.refusedBesides, values, refused.length));
  }
  if (triedAgain > 0) told.push(say(PHRASES.triedAgain, { count: number(triedAgain) }, triedAgain));
  if (stopped > 0) told.push(say(only ? PHRASES.stoppedOnly : PHRASES.stopped, { count: number(stopped) }, stopped));
  if (endless > 0) told.push(say(only ? PHRASES.endlessOnly : PHRASES.endless, { count: number(endless) }, endless));
  return told;
}

function lastError(steps: readonly Activity[]): Piece {
  return quote(steps.at(-1)?.error ?? '');
}

/** What a step that went well said of itself, where it stands alone. */
function reported(steps: readonly Activity[]): Piece[] {
  const [step, ...others] = steps;
  if (others.length > 0 || step?.status !== 'completed' || !step.details) return [];
  return say(PHRASES.reported, { details: quote(step.details) });
}

/** What a call was given, if that can be said in passing; null otherwise. */
const inputOf = remembered(({ action, input }) => {
  const tool = calledTool(action);
  const rest = action
    .slice(tool.length)
    .replace(/^:?\s+/, '')
    .replace(/^“([^“”]*)”$/, '$1');
  if (action.startsWith(tool) && rest !== '') return rest.length <= 2 * LONGEST_INPUT ? rest : null;
  if (typeof input === 'string') return isShort(input) ? input.trim() : null;
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return null;
  const members = Object.entries(input);
  if (members.length < 1 || members.length > 2) return null;
  const said = members.map(([name, value]) => (isShort(value) ? `${name} ${String(value).trim()}` : null));
  return said.includes(null) ? null : said.join(', ');
});

function isShort(value: unknown): value is string | number | boolean {
  if (typeof value === 'string') return value.trim() !== '' && value.length <= LONGEST_INPUT && !value.includes('\n');
  return typeof value === 'number' || typeof value === 'boolean';
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function named(texts: readonly string[]): Piece[] {
  const different = distinct(texts);
  return list(different.slice(0, MOST_NAMED).map(quote), different.length);
}
