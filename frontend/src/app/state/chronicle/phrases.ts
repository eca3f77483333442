import { count } from '../format';

/** A piece of a sentence. What is quoted, named or counted stands in the events that the sentence rests on. */
export interface Piece {
  readonly kind: 'words' | 'agent' | 'quote' | 'figure';
  readonly text: string;
}

/** A whole sentence with places for what differs; with two forms where something in it is counted. */
export type Phrase = string | { readonly one: string; readonly other: string };

export type Values = Readonly<Record<string, Piece | readonly Piece[]>>;

const LANGUAGE = 'en';
const LONGEST_QUOTE = 160;
const forms = new Intl.PluralRules(LANGUAGE);
const lists = new Intl.ListFormat(LANGUAGE, { type: 'conjunction' });
const sentences = new Intl.Segmenter(LANGUAGE, { granularity: 'sentence' });

/**
 * All that a chronicle can say, in one place and never put together from halves, so that it can be translated. None says
 * why something happened: only an event can, and is quoted then.
 */
export const PHRASES = {
  missing: 'What came before event {seq} is no longer kept, so the beginning of this run is not told here.',
  asked: 'A question was asked: {question}',
  askedAgain: 'It asks anew what an earlier run was asked.',
  begun: 'The run began.',
  wentOn: 'The run went on after it had ended.',
  takenUp: 'The work was taken up again: attempt {attempt}.',

  waitsForTurn: 'It is waiting for its turn.',
  waitedForTurn: 'It waited {duration} for its turn.',
  placed: 'It was given place {place} in the queue.',
  reason: 'The reason given: {reason}',
  queuedAgain: 'The run was queued again.',
  wentOnAfter: 'It went on after {duration}.',
  waits: 'The run is waiting.',
  waitsFor: 'The run is waiting: {reason}',
  waited: 'The run waited.',
  waitedFor: 'The run waited: {reason}',
  pauses: 'A pause of the run was asked for.',
  isPaused: 'The run is paused.',
  wasPaused: 'The run was paused.',
  paused: 'It was said of the pause: {reason}',
  resumedAfter: 'It was resumed after {duration}.',

  tookPart: '{agents} took part.',
  takePart: '{agents} have taken part so far.',
  present: '{agent} took part and told of no step.',
  presentSaid: '{agent} told of no step; it said: {details}',

  worked: { one: '{agent} worked on {actions}.', other: '{agent} worked {count} times on {actions}.' },
  works: { one: '{agent} is working on {actions}.', other: '{agent} has worked {count} times on {actions} so far.' },
  workedOnMany: '{agent} worked on {count} steps: {actions}.',
  worksOnMany: '{agent} has begun {count} steps so far: {actions}.',
  used: { one: '{agent} used {tool}.', other: '{agent} used {tool} {count} times.' },
  uses: { one: '{agent} is using {tool}.', other: '{agent} has used {tool} {count} times so far.' },
  usedWith: { one: '{agent} used {tool} with {inputs}.', other: '{agent} used {tool} {count} times, with {inputs}.' },
  usesWith: {
    one: '{agent} is using {tool} with {inputs}.',
    other: '{agent} has used {tool} {count} times so far, with {inputs}.',
  },
  usedHidden: { one: '{agent} used a tool.', other: '{agent} used tools {count} times.' },
  usesHidden: { one: '{agent} is using a tool.', other: '{agent} has used tools {count} times so far.' },
  modelled: { one: '{agent} asked a model once.', other: '{agent} asked a model {count} times.' },
  models: { one: '{agent} is asking a model.', other: '{agent} has asked a model {count} times so far.' },
  modelledNamed: {
    one: '{agent} asked the model {models} once.',
    other: '{agent} asked the model {models} {count} times.',
  },
  modelsNamed: {
    one: '{agent} is asking the model {models}.',
    other: '{agent} has asked the model {models} {count} times so far.',
  },
  handed: {
    one: '{agent} handed work on: {actions}.',
    other: '{agent} handed work on {count} times: {actions}.',
  },
  hands: {
    one: '{agent} has handed work on, which is not finished: {actions}.',
    other: '{agent} has handed work on {count} times so far: {actions}.',
  },
  calledOther: { one: '{agent} made another call: {actions}.', other: '{agent} made {count} other calls: {actions}.' },
  callsOther: {
    one: '{agent} is making another call: {actions}.',
    other: '{agent} has made {count} other calls so far: {actions}.',
  },
  reported: 'It reported: {details}',
  failed: { one: '{count} of them failed.', other: '{count} of them failed.' },
  failedOnly: 'It failed.',
  failedSaying: { one: '{count} of them failed: {details}', other: '{count} of them failed, at last with: {details}' },
  failedOnlySaying: 'It failed: {details}',
  refused: {
    one: '{agent} called {tool}, which was refused: {details}',
    other: '{agent} called {tool} {count} times, which was refused, at last with: {details}',
  },
  refusedWith: {
    one: '{agent} called {tool} with {inputs}, which was refused: {details}',
    other: '{agent} called {tool} {count} times, with {inputs}, which was refused, at last with: {details}',
  },
  refusedBesides: {
    one: '{count} other call was refused: {details}',
    other: '{count} other calls were refused, at last with: {details}',
  },
  triedAgain: {
    one: 'A call that had failed was made again with the same input.',
    other: '{count} calls that had failed were made again with the same input.',
  },
  stopped: { one: '{count} of them was stopped.', other: '{count} of them were stopped.' },
  stoppedOnly: 'It was stopped.',
  endless: { one: 'Of {count} of them, no end was told.', other: 'Of {count} of them, no end was told.' },
  endlessOnly: 'Its end was not told.',

  asksPeople: '{agent} asked people: {question}',
  asksPeopleAbout: '{agent} asked people about {action}.',
  undecided: 'Nobody has decided yet.',
  unanswered: 'No decision was told.',
  chose: '{person} chose {choice} after {duration}.',
  wrote: '{person} wrote: {comment}',
  expired: 'As nobody had decided in time, {choice} counted.',
  decided: 'It was decided after {duration}.',
  notDecided: 'It ended without a decision.',
  notDecidedSaying: 'It ended without a decision: {details}',
  withdrawn: 'The question was withdrawn.',

  said: '{person} said to the agents: {words}',
  saidBySomebody: 'Somebody said to the agents: {words}',
  unread: 'They have not read it yet.',
  unreadTold: 'That they read it was not told.',
  read: 'They had it after {duration}.',
  askedNext: 'It was asked as the next question.',
  notRead: 'They did not read it.',
  notReadSaying: 'They did not read it: {reason}',

  answered: '{agent} answered: {words}',
  answeredNothing: '{agent} ended an answer without words.',
  answering: '{agent} is writing an answer: {words}',
  beginsAnswer: '{agent} has begun an answer.',
  broken: '{agent} began an answer and did not end it: {words}',
  brokenAtOnce: '{agent} began an answer and did not end it.',
  replaced: '{agent} wrote a text that a later one took the place of.',
  cites: { one: 'It cites {count} passage.', other: 'It cites {count} passages.' },

  trouble: 'A problem was reported: {message}',
  troubleOf: '{agent} reported a problem: {message}',
  finding: 'Ringside found that the run may be stuck: {message}',
  budget: 'It was told of a budget: {message}',
  toldTimes: { one: 'This was told once.', other: 'This was told {count} times.' },

  completed: 'The run was completed.',
  completedAfter: 'The run was completed after {duration}.',
  failedRun: 'The run failed.',
  failedRunAfter: 'The run failed after {duration}.',
  cancelled: 'The run was stopped.',
  cancelledAfter: 'The run was stopped after {duration}.',
  withdrawnRun: 'The question was withdrawn before anybody worked on it.',

  took: {
    one: 'As far as the steps tell, models took {count} token in all.',
    other: 'As far as the steps tell, models took {count} tokens in all.',
  },
  takes: {
    one: 'As far as the steps tell, models have taken {count} token so far.',
    other: 'As far as the steps tell, models have taken {count} tokens so far.',
  },
  cost: 'As the steps tell, it cost {costs}.',
  costs: 'As the steps tell, it has cost {costs} so far.',

  more: { one: '{count} more', other: '{count} more' },
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

/** On one line, and not longer than can be read in passing. What it quotes itself stands in single quotation marks. */
export function quote(text: string): Piece {
  return { kind: 'quote', text: `“${cut(text, LONGEST_QUOTE).replaceAll('“', '‘').replaceAll('”', '’')}”` };
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
