import { count, quoted } from '../format';

/** A piece of a sentence. What is quoted, named or counted stands in the events that the sentence rests on. */
export interface Piece {
  readonly kind: 'words' | 'agent' | 'quote' | 'figure';
  readonly text: string;
}

/** A whole sentence with places for what differs; with two forms where something in it is counted. */
export type Phrase = string | { readonly one: string; readonly other: string };

export type Values = Readonly<Record<string, Piece | readonly Piece[]>>;

const LANGUAGE = $localize.locale ?? 'en';
const LONGEST_QUOTE = 160;
const forms = new Intl.PluralRules(LANGUAGE);
const lists = new Intl.ListFormat(LANGUAGE, { type: 'conjunction' });
const sentences = new Intl.Segmenter(LANGUAGE, { granularity: 'sentence' });

/**
 * All that a chronicle can say, in one place and never put together from halves, so that it can be translated. None says
 * why something happened: only an event can, and is quoted then.
 */
export const PHRASES = {
  missing: $localize`What came before event {seq} is no longer kept, so the beginning of this run is not told here.`,
  asked: $localize`A question was asked: {question}`,
  askedAgain: $localize`It asks anew what an earlier run was asked.`,
  begun: $localize`The run began.`,
  wentOn: $localize`The run went on after it had ended.`,
  takenUp: $localize`The work was taken up again: attempt {attempt}.`,

  waitsForTurn: $localize`It is waiting for its turn.`,
  waitedForTurn: $localize`It waited {duration} for its turn.`,
  placed: $localize`It was given place {place} in the queue.`,
  reason: $localize`The reason given: {reason}`,
  queuedAgain: $localize`The run was queued again.`,
  wentOnAfter: $localize`It went on after {duration}.`,
  waits: $localize`The run is waiting.`,
  waitsFor: $localize`The run is waiting: {reason}`,
  waited: $localize`The run waited.`,
  waitedFor: $localize`The run waited: {reason}`,
  pauses: $localize`A pause of the run was asked for.`,
  isPaused: $localize`The run is paused.`,
  wasPaused: $localize`The run was paused.`,
  paused: $localize`It was said of the pause: {reason}`,
  resumedAfter: $localize`It was resumed after {duration}.`,

  tookPart: $localize`{agents} took part.`,
  takePart: $localize`{agents} have taken part so far.`,
  present: $localize`{agent} took part and told of no step.`,
  presentSaid: $localize`{agent} told of no step; it said: {details}`,

  worked: {
    one: $localize`{agent} worked on {actions}.`,
    other: $localize`{agent} worked {count} times on {actions}.`,
  },
  works: {
    one: $localize`{agent} is working on {actions}.`,
    other: $localize`{agent} has worked {count} times on {actions} so far.`,
  },
  workedOnMany: $localize`{agent} worked on {count} steps: {actions}.`,
  worksOnMany: $localize`{agent} has begun {count} steps so far: {actions}.`,
  used: { one: $localize`{agent} used {tool}.`, other: $localize`{agent} used {tool} {count} times.` },
  uses: { one: $localize`{agent} is using {tool}.`, other: $localize`{agent} has used {tool} {count} times so far.` },
  usedWith: {
    one: $localize`{agent} used {tool} with {inputs}.`,
    other: $localize`{agent} used {tool} {count} times, with {inputs}.`,
  },
  usesWith: {
    one: $localize`{agent} is using {tool} with {inputs}.`,
    other: $localize`{agent} has used {tool} {count} times so far, with {inputs}.`,
  },
  usedHidden: { one: $localize`{agent} used a tool.`, other: $localize`{agent} used tools {count} times.` },
  usesHidden: {
    one: $localize`{agent} is using a tool.`,
    other: $localize`{agent} has used tools {count} times so far.`,
  },
  modelled: { one: $localize`{agent} asked a model once.`, other: $localize`{agent} asked a model {count} times.` },
  models: {
    one: $localize`{agent} is asking a model.`,
    other: $localize`{agent} has asked a model {count} times so far.`,
  },
  modelledNamed: {
    one: $localize`{agent} asked the model {models} once.`,
    other: $localize`{agent} asked the model {models} {count} times.`,
  },
  modelsNamed: {
    one: $localize`{agent} is asking the model {models}.`,
    other: $localize`{agent} has asked the model {models} {count} times so far.`,
  },
  handed: {
    one: $localize`{agent} handed work on: {actions}.`,
    other: $localize`{agent} handed work on {count} times: {actions}.`,
  },
  hands: {
    one: $localize`{agent} has handed work on, which is not finished: {actions}.`,
    other: $localize`{agent} has handed work on {count} times so far: {actions}.`,
  },
  calledOther: {
    one: $localize`{agent} made another call: {actions}.`,
    other: $localize`{agent} made {count} other calls: {actions}.`,
  },
  callsOther: {
    one: $localize`{agent} is making another call: {actions}.`,
    other: $localize`{agent} has made {count} other calls so far: {actions}.`,
  },
  reported: $localize`It reported: {details}`,
  failed: { one: $localize`:one|:{count} of them failed.`, other: $localize`:more|:{count} of them failed.` },
  failedOnly: $localize`It failed.`,
  failedSaying: {
    one: $localize`{count} of them failed: {details}`,
    other: $localize`{count} of them failed, at last with: {details}`,
  },
  failedOnlySaying: $localize`It failed: {details}`,
  refused: {
    one: $localize`{agent} called {tool}, which was refused: {details}`,
    other: $localize`{agent} called {tool} {count} times, which was refused, at last with: {details}`,
  },
  refusedWith: {
    one: $localize`{agent} called {tool} with {inputs}, which was refused: {details}`,
    other: $localize`{agent} called {tool} {count} times, with {inputs}, which was refused, at last with: {details}`,
  },
  refusedBesides: {
    one: $localize`{count} other call was refused: {details}`,
    other: $localize`{count} other calls were refused, at last with: {details}`,
  },
  triedAgain: {
    one: $localize`A call that had failed was made again with the same input.`,
    other: $localize`{count} calls that had failed were made again with the same input.`,
  },
  stopped: { one: $localize`{count} of them was stopped.`, other: $localize`{count} of them were stopped.` },
  stoppedOnly: $localize`It was stopped.`,
  endless: {
    one: $localize`:one|:Of {count} of them, no end was told.`,
    other: $localize`:more|:Of {count} of them, no end was told.`,
  },
  endlessOnly: $localize`Its end was not told.`,

  asksPeople: $localize`{agent} asked people: {question}`,
  asksPeopleAbout: $localize`{agent} asked people about {action}.`,
  undecided: $localize`Nobody has decided yet.`,
  unanswered: $localize`No decision was told.`,
  chose: $localize`{person} chose {choice} after {duration}.`,
  wrote: $localize`{person} wrote: {comment}`,
  expired: $localize`As nobody had decided in time, {choice} counted.`,
  decided: $localize`It was decided after {duration}.`,
  notDecided: $localize`It ended without a decision.`,
  notDecidedSaying: $localize`It ended without a decision: {details}`,
  withdrawn: $localize`The question was withdrawn.`,

  said: $localize`{person} said to the agents: {words}`,
  saidBySomebody: $localize`Somebody said to the agents: {words}`,
  unread: $localize`They have not read it yet.`,
  unreadTold: $localize`That they read it was not told.`,
  read: $localize`They had it after {duration}.`,
  askedNext: $localize`It was asked as the next question.`,
  notRead: $localize`They did not read it.`,
  notReadSaying: $localize`They did not read it: {reason}`,

  answered: $localize`{agent} answered: {words}`,
  answeredNothing: $localize`{agent} ended an answer without words.`,
  answering: $localize`{agent} is writing an answer: {words}`,
  beginsAnswer: $localize`{agent} has begun an answer.`,
  broken: $localize`{agent} began an answer and did not end it: {words}`,
  brokenAtOnce: $localize`{agent} began an answer and did not end it.`,
  replaced: $localize`{agent} wrote a text that a later one took the place of.`,
  cites: { one: $localize`It cites {count} passage.`, other: $localize`It cites {count} passages.` },

  trouble: $localize`A problem was reported: {message}`,
  troubleOf: $localize`{agent} reported a problem: {message}`,
  finding: $localize`Ringside found that the run may be stuck: {message}`,
  budget: $localize`It was told of a budget: {message}`,
  toldTimes: { one: $localize`This was told once.`, other: $localize`This was told {count} times.` },

  completed: $localize`The run was completed.`,
  completedAfter: $localize`The run was completed after {duration}.`,
  failedRun: $localize`The run failed.`,
  failedRunAfter: $localize`The run failed after {duration}.`,
  cancelled: $localize`The run was stopped.`,
  cancelledAfter: $localize`The run was stopped after {duration}.`,
  withdrawnRun: $localize`The question was withdrawn before anybody worked on it.`,

  took: {
    one: $localize`As far as the steps tell, models took {count} token in all.`,
    other: $localize`As far as the steps tell, models took {count} tokens in all.`,
  },
  takes: {
    one: $localize`As far as the steps tell, models have taken {count} token so far.`,
    other: $localize`As far as the steps tell, models have taken {count} tokens so far.`,
  },
  cost: $localize`As the steps tell, it cost {costs}.`,
  costs: $localize`As the steps tell, it has cost {costs} so far.`,

  more: { one: $localize`:one|:{count} more`, other: $localize`:more|:{count} more` },
} as const satisfies Readonly<Record<string, Phrase>>;

/** The phrase with its values; `counted` decides which of its forms. */
export function say(phrase: Phrase, values: Values = {}, counted = 1): Piece[] {
  const form = typeof phrase === 'string' ? phrase : phrase[forms.select(counted) === 'one' ? 'one' : 'other'];
  return form.split(/(\{\w+\})/).flatMap((part) => {
    if (part === '') return [];
    const value = /^\{\w+\}$/.test(part) ? values[part.slice(1, -1)] : words(part);
    return value ?? words(part);
  });
}

/** Sentences one after the other. */
export function paragraph(...said: readonly (readonly Piece[])[]): Piece[] {
  return said
    .filter((sentence) => sentence.length > 0)
    .flatMap((sentence, at) => (at === 0 ? sentence : [words(' '), ...sentence]));
}

export function agent(name: string): Piece {
  return { kind: 'agent', text: name };
}

/** On one line, and not longer than can be read in passing. */
export function quote(text: string): Piece {
  return { kind: 'quote', text: quoted(cut(text, LONGEST_QUOTE)) };
}

export function figure(text: string): Piece {
  return { kind: 'figure', text };
}

export function number(value: number): Piece {
  return figure(count(value));
}

/** '“a”, “b” and 3 more'. `all`: how many there are, where that is more than are named. */
export function list(named: readonly Piece[], all = named.length): Piece[] {
  const rest = all - named.length;
  const more = rest > 0 ? say(PHRASES.more, { count: number(rest) }, rest) : [];
  const items = [...named.map((piece) => [piece]), ...(more.length > 0 ? [more] : [])];
  return lists
    .formatToParts(items.map((_, at) => String(at)))
    .flatMap(({ type, value }) => (type === 'element' ? (items[Number(value)] ?? []) : [words(value)]));
}

/** The first sentence of a text. */
export function firstSentence(text: string): string {
  for (const { segment } of sentences.segment(text.trimStart().slice(0, 4 * LONGEST_QUOTE)))
    if (segment.trim() !== '') return segment.trim();
  return '';
}

export function textOf(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join('');
}

function words(text: string): Piece {
  return { kind: 'words', text };
}

function cut(text: string, most: number): string {
  const line = text
    .slice(0, 4 * most)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length <= most ? line : `${line.slice(0, most - 1).trimEnd()}…`;
}
