import { Chronicle } from '../../models/models';
import { SessionState, activityKey } from '../session-state';
import { Sentence } from './note';

/**
 * What a model has written of a run, with what the rules say where that does not hold, and of what has come since. What
 * failed, waits or was decided, and how the run ended, is told by the rules in any case: that a sentence of the model
 * names these events does not mean that it says what they say.
 */
export function withRules(
  { head, sentences }: Chronicle,
  rules: readonly Sentence[],
  state: SessionState,
): readonly Sentence[] {
  const told = new Set(sentences.flatMap(({ text, seqs }) => (text === null ? [] : seqs)));
  const doubtful = new Set(sentences.flatMap(({ text, seqs }) => (text === null ? seqs : [])));
  const written = sentences.flatMap(({ text, seqs }, at) => (text === null ? [] : toSentence(text, seqs, at, state)));
  const kept = rules.filter(
    ({ seqs, weighty }) =>
      weighty || seqs.some((seq) => seq > head) || seqs.some((seq) => doubtful.has(seq) && !told.has(seq)),
  );
  return [...kept, ...written].sort((one, other) => one.at - other.at || firstOf(one) - firstOf(other));
}

function toSentence(text: string, seqs: readonly number[], at: number, { log, first }: SessionState): Sentence[] {
  const grounds = seqs.flatMap((seq) => log.at(seq - first) ?? []);
  const [begin] = grounds;
  if (!begin) return [];
  const steps = grounds.flatMap((event) =>
    event.type === 'agentActivity' ? [activityKey(event.run_id, event.activity_id)] : [],
  );
  return [
    {
      id: `written-${at}`,
      at: Date.parse(begin.time),
      pieces: [{ kind: 'words', text }],
      seqs,
      steps: [...new Set(steps)],
      filter: null,
      look: 'plain',
      weighty: false,
    },
  ];
}

function firstOf({ seqs }: Sentence): number {
  return seqs[0] ?? 0;
}
