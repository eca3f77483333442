import { Millis } from './session-state';

/** As the language of the page says, or else the browser. */
const LOCALE = $localize.locale;
const tenths = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const hundredths = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });
const two = (value: number): string => String(value).padStart(2, '0');
/** '.' or ',' before what is less than one. */
const POINT = tenths.formatToParts(0).find(({ type }) => type === 'decimal')?.value ?? '.';
const fixed = (value: number, digits: number): string => value.toFixed(digits).replace('.', POINT);

/** '40 ms', '4.9 s', '3 min 05 s', '2 h 07 min': short, and steady in width while it counts. */
export function duration(ms: Millis): string {
  if (ms < 0) return `${tenths.format(0)} s`;
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${tenths.format(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** '40 s', '14 min 05 s': counted down. */
export function secondsLeft(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1000);
}

/** '4 s', '1:30', '2 h': a tick of the axis. As exact as the `step` to the next one asks for. */
export function tick(ms: Millis, step: Millis = 1000): string {
  if (ms >= 1000 && step < 1000) {
    const digits = step >= 100 ? 1 : step >= 10 ? 2 : 3;
    const seconds = (ms % 60_000) / 1000;
    const minutes = Math.floor(ms / 60_000);
    if (minutes === 0) return `${fixed(seconds, digits)} s`;
    return `${minutes}:${fixed(seconds, digits).padStart(digits + 3, '0')}`;
  }
  if (ms < 1000 && ms > 0) return `${ms} ms`;
  if (ms < 60_000) return `${hundredths.format(ms / 1000)} s`;
  if (ms < 3_600_000)
    return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${Math.floor(ms / 60_000)}:${two((ms % 60_000) / 1000)}`;
  return `${hundredths.format(Math.round((ms / 3_600_000) * 10) / 10)} h`;
}

const counts = new Intl.NumberFormat(LOCALE);
// With places to be filled in: what is put into words again and again is not looked up each time.
const ALL_EVENTS = $localize`{all} events`;
const SOME_EVENTS = $localize`{loaded} of {all} events`;
const ONE_TOKEN = $localize`1 token`;
const TOKENS = $localize`{count} tokens`;

/** How many events there are, and how many of them are loaded where that is not all. */
export function eventsOf(loaded: number, all: number): string {
  const words = loaded === all ? ALL_EVENTS : SOME_EVENTS.replace('{loaded}', count(loaded));
  return words.replace('{all}', count(all));
}

export function count(value: number): string {
  return counts.format(value);
}

export function tokens(value: number): string {
  return value === 1 ? ONE_TOKEN : TOKENS.replace('{count}', count(value));
}

/** Bytes and their multiples, from the smallest on. */
const [B, KB, MB, GB] = $localize`:units of bytes|:B/KB/MB/GB`.split('/');

export function bytes(value: number): string {
  if (value < 1024) return `${value} ${B}`;
  if (value < 1024 * 1024) return `${Math.round(value / 1024)} ${KB}`;
  if (value < 1024 ** 3) return `${tenths.format(value / 1024 ** 2)} ${MB}`;
  return `${tenths.format(value / 1024 ** 3)} ${GB}`;
}

/** '14:03:27.512', local. */
export function clockTime(at: Millis): string {
  const date = new Date(at);
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two);
  return `${hours}:${minutes}:${seconds}${POINT}${String(date.getMilliseconds()).padStart(3, '0')}`;
}

const days = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });
const years = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', year: 'numeric' });

/** '14:03' today, '18 Nov' this year, with the year before that. */
export function when(at: Millis, now: Millis): string {
  const date = new Date(at);
  const today = new Date(now);
  if (date.toDateString() === today.toDateString()) return `${two(date.getHours())}:${two(date.getMinutes())}`;
  return (date.getFullYear() === today.getFullYear() ? days : years).format(date);
}

/** '14:03' today, else with the day before it: '18 Nov, 14:03'. */
export function moment(at: Millis, now: Millis): string {
  const date = new Date(at);
  const day = when(at, now);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return day === time ? time : `${day}, ${time}`;
}

/** Whatever an agent gave as input or output, as text. */
export function plain(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** One line of `plain` that holds a text of several lines: what stands before it, the text, and the comma behind it. */
const LONG_TEXT = /^(\s*)("(?:[^"\\]|\\.)*": )?("(?:[^"\\]|\\.)*\\n(?:[^"\\]|\\.)*")(,?)$/gm;

/** As `plain`, but texts of several lines, such as tables, stand on lines of their own: to read, not to parse. */
export function readable(value: unknown): string {
  if (typeof value === 'string') return value;
  return plain(value).replace(LONG_TEXT, (_, indent: string, name: string | undefined, text: string) => {
    const head = name === undefined ? '' : `${indent}${name.trimEnd()}\n`;
    const inner = name === undefined ? indent : `${indent}  `;
    return head + (JSON.parse(text) as string).trim().replaceAll(/^/gm, inner);
  });
}

/** A moment of a record: the day, also today, and the time. */
export function dayAndTime(moment: number): string {
  return `${when(moment, 0)}, ${clockTime(moment).slice(0, 8)}`;
}

const [OPEN = '', CLOSE = ''] = $localize`:quotation marks|:“{text}”`.split('{text}');
const [INNER_OPEN = '', INNER_CLOSE = ''] = $localize`:quotation marks within others|:‘{text}’`.split('{text}');
const INNER = [
  ...new Map([
    ['“', '‘'],
    ['”', '’'],
    [OPEN, INNER_OPEN],
    [CLOSE, INNER_CLOSE],
  ]),
];

/** In quotation marks; those within it become single ones. */
export function quoted(text: string): string {
  return `${OPEN}${INNER.reduce((inner, [outer, single]) => inner.replaceAll(outer, single), text)}${CLOSE}`;
}
