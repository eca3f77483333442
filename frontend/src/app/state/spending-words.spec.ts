import { describe, expect, it } from 'vitest';

import { Amounts, BudgetStanding, UsageReport } from '../models/models';
import {
  amount,
  budgetTyped,
  budgetWords,
  columns,
  costs,
  micros,
  money,
  questionOf,
  spendingWords,
  SPANS,
} from './spending-words';

const NOTHING: Amounts = {
  calls: 0, input: 0, cached: 0, output: 0, reasoning: 0, unpriced: 0, costs: [], runs: 0, failed: 0,
  mean_wait_ms: null, longest_wait_ms: 0,
}; // prettier-ignore

describe('the words of spending', () => {
  it('writes money so that it is not nothing, and adds no currencies', () => {
    expect(money({ currency: 'EUR', micros: 2_100_000 })).toBe('2.10 EUR');
    expect(money({ currency: 'EUR', micros: 12_345 })).toBe('0.0123 EUR');
    expect(money({ currency: 'EUR', micros: 3 })).toBe('0.000003 EUR');
    expect(
      costs([
        { currency: 'EUR', micros: 1_000_000 },
        { currency: 'USD', micros: 500_000 },
      ]),
    ).toBe('1.00 EUR + 0.50 USD');
    expect(costs([])).toBe('–');
    expect(spendingWords({ tokens: 12, costs: [] })).toBe('12 tokens');
    expect(spendingWords({ tokens: 0, costs: [] })).toBe('');
  });

  it('says how much of a budget is used, in its unit', () => {
    const budget: BudgetStanding = {
      id: 'b', scope: 'team', target: null, target_name: null, period: 'day', unit: 'tokens', currency: null,
      at_most: 1000, hard: false, used: 400, limit: 1000, state: 'ok',
    }; // prettier-ignore
    expect(budgetWords(budget)).toBe('400 of 1,000 tokens a day');
    expect(budgetWords({ ...budget, used: null })).toBe('1,000 tokens a day');
    expect(budgetWords({ ...budget, unit: 'time', used: 90_000, limit: 600_000 })).toBe('2 of 10 min a day');
    const money = { unit: 'money', currency: 'EUR', used: 100_000, limit: 2_000_000 } as const;
    expect(budgetWords({ ...budget, ...money })).toBe('0.10 EUR of 2.00 EUR a day');
  });

  it('reads amounts as people type them, and nothing else', () => {
    expect(['2.50', '2,5', '0', '', '-1', '1e3', '1.2.3'].map(micros)).toEqual([
      2_500_000,
      2_500_000,
      0,
      null,
      null,
      null,
      null,
    ]);
    expect(['1,250', '1.250', '1,000,000', '1250', '0.125', '1.1250'].map(micros)).toEqual([
      null,
      null,
      null,
      1_250_000_000,
      125_000,
      1_125_000,
    ]);
    expect([2_500_000, 1_125_000, 125_000].map((one) => micros(amount(one)))).toEqual([2_500_000, 1_125_000, 125_000]);
    expect(['1,000', '1.000', '2 500 000', '1.5', '12abc', '1e3'].map((one) => budgetTyped('tokens', one))).toEqual([
      1000,
      1000,
      2_500_000,
      null,
      null,
      null,
    ]);
    expect([budgetTyped('tokens', '1000'), budgetTyped('time', '1.5'), budgetTyped('money', '0')]).toEqual([
      1000,
      90_000,
      null,
    ]);
  });

  it('puts what was used into columns: every period, the largest names, and the rest as one', () => {
    const names = Array.from({ length: 9 }, (_, n) => `Agent ${n}`);
    const report: UsageReport = {
      since: '2026-03-02', until: '2026-03-15', whole: NOTHING, failures: [],
      totals: names.map((name) => ({ ...NOTHING, name })),
      lines: names.map((name, n) => ({ ...NOTHING, name, day: '2026-03-09', input: n + 1 })),
    }; // prettier-ignore
    const { periods, series } = columns(report, 'week', 'tokens', '');
    expect(periods).toEqual(['2026-03-02', '2026-03-09']);
    expect(series.map(({ name }) => name)).toEqual([...names.slice(0, 6), 'Others']);
    expect(series.at(-1)?.values).toEqual([0, 7 + 8 + 9]);
    expect(columns(report, 'week', 'cost', 'EUR').series).toEqual([]);
  });

  it('asks for days of UTC', () => {
    const [days] = SPANS;
    expect(days && questionOf(days, 'model', Date.parse('2026-03-31T23:30:00Z'))).toEqual({
      since: '2026-03-02', until: '2026-03-31', step: 'day', split: 'model',
    }); // prettier-ignore
  });
});
