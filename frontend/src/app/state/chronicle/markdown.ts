import { Sentence } from './note';
import { textOf } from './phrases';

/**
 * A chronicle as a list in Markdown, each line with its time in UTC and the numbers of its events. `link`: where the run
 * is found.
 */
export function chronicleMarkdown(title: string, sentences: readonly Sentence[], link: string): string {
  const lines = sentences.map(({ at, pieces, seqs }) => {
    const time = new Date(at).toISOString().slice(11, 19);
    return `- ${time} ${inline(textOf(pieces))} (${events(seqs)})`;
  });
  const day = sentences[0] ? new Date(sentences[0].at).toISOString().slice(0, 10) : '';
  const head = day ? $localize`${day}:day:, times in UTC.` + ' ' : '';
  return [`## ${inline(title)}`, '', head + $localize`[Open the run](${link}:link:)`, '', ...lines, ''].join('\n');
}

/** 'event 4', 'events 4–9 and 12': the first stretches of them. */
export function events(seqs: readonly number[]): string {
  const stretches: [number, number][] = [];
  for (const seq of seqs) {
    const last = stretches.at(-1);
    if (last?.[1] === seq - 1) last[1] = seq;
    else stretches.push([seq, seq]);
  }
  const named = stretches.slice(0, MOST).map(([from, to]) => (from === to ? String(from) : `${from}–${to}`));
  const rest = stretches.length > MOST ? ' …' : '';
  return (seqs.length === 1 ? ONE : SEVERAL).replace('{numbers}', `${named.join(', ')}${rest}`);
}

const MOST = 4;
const ONE = $localize`event {numbers}`;
const SEVERAL = $localize`events {numbers}`;

/** With nothing that Markdown would take for more than text. */
function inline(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>&|#~]/g, String.raw`\$&`);
}
