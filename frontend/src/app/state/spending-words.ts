import { Amounts, BudgetStanding, Money, UsageReport, UsageLine } from '../models/models';
import { count, duration, tokens } from './format';

export const MICROS = 1_000_000;
const MINUTE = 60_000;

export type Step = 'day' | 'week' | 'month';
export type Split = 'agent' | 'model' | 'person';
export type Measure = 'cost' | 'tokens' | 'runs' | 'failed' | 'waiting';

/** What is asked of the server: days in UTC, as '2026-03-14'. */
export interface UsageQuestion {
  readonly since: string;
  readonly until: string;
  readonly step: Step;
  readonly split: Split;
}

export interface Span {
  readonly id: string;
  readonly label: string;
  readonly days: number;
  readonly step: Step;
}

export const SPANS: readonly Span[] = [
  { id: 'days', label: $localize`30 days`, days: 30, step: 'day' },
  { id: 'weeks', label: $localize`13 weeks`, days: 91, step: 'week' },
  { id: 'months', label: $localize`12 months`, days: 365, step: 'month' },
];

export function questionOf(span: Span, split: Split, now: number): UsageQuestion {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  return { since: day(now - (span.days - 1) * 86_400_000), until: day(now), step: span.step, split };
}

/** '1.20 EUR'; with more digits where it would be nothing. */
export function money({ currency, micros }: Money): string {
  const value = micros / MICROS;
  const digits = micros === 0 || value >= 0.1 ? 2 : value >= 0.001 ? 4 : 6;
  const written = new Intl.NumberFormat($localize.locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${written.format(value)} ${currency}`;
}

/** Of each currency its own sum: they are never added. */
export function costs(found: readonly Money[]): string {
  return found.map(money).join(' + ') || '–';
}

/** What a session used, in a few words; '' for nothing. */
export function spendingWords(spent: { tokens: number; costs: readonly Money[] }): string {
  if (spent.tokens === 0 && spent.costs.length === 0) return '';
  const told = spent.costs.length > 0 ? [costs(spent.costs)] : [];
  return [tokens(spent.tokens), ...told].join(' · ');
}

export function unpricedWords(models: readonly string[]): string {
  return models.length === 0
    ? ''
    : $localize`No price is known for ${models.join(', ')}:models:: its tokens are not in the cost.`;
}

/** What to do about an amount that is none. */
export const AMOUNT = $localize`Give an amount, such as 2.50. “1,250” could be two amounts: write 1250, or 1.25.`;
/** '1,250' and '1.250', each of which is 1250 to some people and 1.25 to others; '0.125' is not. */
const GROUPED = /^[1-9]\d{0,2}(?:[,.’'\s]\d{3})+$/;

/** Millionths of what somebody has typed: '2.50' or '2,50'; null for what is no amount, or could be two. */
export function micros(typed: string): number | null {
  if (GROUPED.test(typed.trim())) return null;
  const plain = typed.trim().replace(',', '.');
  return /^\d{1,9}(\.\d+)?$/.test(plain) ? Math.round(Number(plain) * MICROS) : null;
}

/** As it can be typed: '2.5', and '1.1250', for '1.125' could be two amounts. */
export function amount(millionths: number | null): string {
  const plain = millionths === null ? '' : String(millionths / MICROS);
  return GROUPED.test(plain) ? `${plain}0` : plain;
}

export function waits(ms: number | null): string {
  return ms === null ? '–' : duration(ms);
}

/** A name of the table that stands for what is beyond the first ones. */
export const REST = $localize`Others`;
const MOST_SERIES = 7;

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

/** What a chart shows: a column for each period, in it a part for each name. */
export interface Columns {
  readonly periods: readonly string[];
  readonly series: readonly Series[];
}

/** `currency` is that of the costs: of the others, a chart of its own would be needed. */
export function columns(usage: UsageReport, step: Step, measure: Measure, currency: string): Columns {
  const periods = periodsOf(usage.since, usage.until, step);
  const named = measure === 'waiting' ? [] : usage.totals.map(({ name }) => name);
  const first = named.slice(0, named.length > MOST_SERIES ? MOST_SERIES - 1 : MOST_SERIES);
  const names = named.length > first.length ? [...first, REST] : first;
  if (measure === 'waiting')
    return { periods, series: [{ name: $localize`Mean wait`, values: meanWaits(usage.lines, periods) }] };
  const series = names.map((name) => ({ name, values: periods.map(() => 0) }));
  for (const line of usage.lines) {
    const place = periods.indexOf(line.day);
    const part = series[names.includes(line.name) ? names.indexOf(line.name) : names.length - 1];
    if (part && place >= 0) part.values[place] = (part.values[place] ?? 0) + measured(line, measure, currency);
  }
  return { periods, series: series.filter(({ values }) => values.some((value) => value > 0)) };
}

function measured(line: Amounts, measure: Measure, currency: string): number {
  switch (measure) {
    case 'cost':
      return (line.costs.find((one) => one.currency === currency)?.micros ?? 0) / MICROS;
    case 'tokens':
      return line.input + line.output;
    case 'runs':
      return line.runs;
    case 'failed':
      return line.failed;
    case 'waiting':
      return line.mean_wait_ms ?? 0;
  }
}

/** In seconds, weighted by the runs. */
function meanWaits(lines: readonly UsageLine[], periods: readonly string[]): number[] {
  return periods.map((day) => {
    const of = lines.filter((line) => line.day === day && line.mean_wait_ms !== null);
    const runs = of.reduce((sum, line) => sum + line.runs, 0);
    const waited = of.reduce((sum, line) => sum + line.runs * (line.mean_wait_ms ?? 0), 0);
    return runs === 0 ? 0 : waited / runs / 1000;
  });
}

/** The days on which the periods begin. */
function periodsOf(since: string, until: string, step: Step): string[] {
  const found: string[] = [];
  const at = new Date(`${since}T00:00:00Z`);
  if (step === 'week') at.setUTCDate(at.getUTCDate() - ((at.getUTCDay() + 6) % 7));
  if (step === 'month') at.setUTCDate(1);
  while (at.toISOString().slice(0, 10) <= until) {
    found.push(at.toISOString().slice(0, 10));
    if (step === 'month') at.setUTCMonth(at.getUTCMonth() + 1);
    else at.setUTCDate(at.getUTCDate() + (step === 'week' ? 7 : 1));
  }
  return found;
}

const WHOSE: Readonly<Record<BudgetStanding['scope'], string>> = {
  run: $localize`Each run`,
  session: $localize`Each session`,
  agent: $localize`Each agent`,
  user: $localize`Each person`,
  team: $localize`The team`,
};
type Unit = BudgetStanding['unit'];
/** `amount`: '1,000', or '400 of 1,000'. */
const BUDGETS: Readonly<Record<Unit, Record<BudgetStanding['period'], (amount: string) => string>>> = {
  tokens: {
    day: (amount) => $localize`${amount}:amount: tokens a day`,
    month: (amount) => $localize`${amount}:amount: tokens a month`,
    all: (amount) => $localize`${amount}:amount: tokens in all`,
  },
  time: {
    day: (amount) => $localize`${amount}:amount: min a day`,
    month: (amount) => $localize`${amount}:amount: min a month`,
    all: (amount) => $localize`${amount}:amount: min in all`,
  },
  money: {
    day: (amount) => $localize`${amount}:amount: a day`,
    month: (amount) => $localize`${amount}:amount: a month`,
    all: (amount) => $localize`${amount}:amount: in all`,
  },
};

export function budgetWhose(budget: BudgetStanding): string {
  return budget.target_name ?? budget.target ?? WHOSE[budget.scope];
}

/** '2.00 EUR a day', or, where it is known how much is used, '400 of 1,000 tokens a day'. */
export function budgetWords(budget: BudgetStanding): string {
  const { used, limit, period } = budget;
  const most = budgetNumber(budget, limit);
  const amount = used === null ? most : $localize`${budgetNumber(budget, used)}:used: of ${most}:limit:`;
  return BUDGETS[budget.unit][period](amount);
}

/** Money has its currency. */
function budgetNumber({ unit, currency }: BudgetStanding, value: number): string {
  if (unit === 'money') return money({ currency: currency ?? '', micros: value });
  return count(unit === 'time' ? Math.round(value / MINUTE) : value);
}

/** What somebody has typed, in the unit of a budget; null for what is no amount. */
export function budgetTyped(unit: Unit, typed: string): number | null {
  const plain = typed.trim();
  // There are no parts of a token: what separates its digits can only be for thousands.
  const found = micros(unit === 'tokens' && GROUPED.test(plain) ? plain.replaceAll(/\D/g, '') : plain);
  if (found === null || found === 0 || (unit === 'tokens' && found % MICROS !== 0)) return null;
  return unit === 'money' ? found : Math.round((found / MICROS) * (unit === 'time' ? MINUTE : 1));
}
