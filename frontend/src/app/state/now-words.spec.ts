import { NowRow } from '../models/models';
import { MOMENT, nowRow } from '../../testing/now';
import { costWords, forHowLong, healthOf, nowWords, standing, tokenWords, workerOf } from './now-words';

const STEP = { action: 'Read', agent_name: 'Purser', kind: 'step', since: '2026-03-14T09:00:30Z' } as const;
const waiting = (waits_for: NowRow['waits_for']): NowRow => nowRow('a', { approvals: 1, waits_for });
const at = (seconds: number): number => Date.parse(MOMENT) + seconds * 1000;

describe('the words for a run of now', () => {
  it('say how it stands', () => {
    expect(healthOf(nowRow('a'))).toBe('running');
    expect(healthOf(nowRow('a', { approvals: 1 }))).toBe('asks');
    expect(healthOf(nowRow('a', { finding: 'Called it twice.' }))).toBe('stuck');
    expect(healthOf(nowRow('a', { over_budget: true }))).toBe('over-budget');
    expect(healthOf(nowRow('a', { over_budget: true, approvals: 1 }))).toBe('asks');
    expect(healthOf(nowRow('a', { over_budget: true, status: 'completed' }))).toBe('done');
    expect(healthOf(nowRow('a', { status: 'failed', approvals: 1 }))).toBe('failed');
    expect(healthOf(nowRow('a', { status: 'cancelled' }))).toBe('stopped');
  });

  it('say for whom a run waits if that is somebody else', () => {
    const people = ['Ada', 'Mara', 'Max'].map((name) => ({ id: name, name }));
    const said = [0, 1, 2, 3].map((many) => standing({ ...waiting(people.slice(0, many)), others: true }));
    expect(said).toEqual([
      'Waits for administrators',
      'Waits for Ada',
      'Waits for Ada or Mara',
      'Waits for Ada or 2 others',
    ]);
    expect(healthOf({ ...waiting(people), others: true })).toBe('waiting');
    expect(standing(waiting(people))).toBe('Needs you');
    expect(standing({ ...nowRow('a', { status: 'waiting' }), others: true })).toBe('Waiting');
  });

  it('say what is done and by whom, or why nothing is', () => {
    const works = nowRow('a', { step: STEP });
    expect([nowWords(works), workerOf(works)]).toEqual(['Read', 'Purser']);
    expect(workerOf(nowRow('a', { step: { ...STEP, agent_name: 'Lookout' } }))).toBe('');
    const waits = nowRow('a', { step: STEP, status: 'waiting', reason: 'Waiting for a callback' });
    expect([nowWords(waits), workerOf(waits)]).toEqual(['Waiting for a callback', '']);
    expect(nowWords(nowRow('a'))).toBe('Working');
    expect(nowWords(nowRow('a', { step: STEP, finding: 'Called it twice.' }))).toBe('Called it twice.');
    expect(nowWords(nowRow('a', { stopping: true }))).toBe('Stopping…');
  });

  it('count in whole seconds, a step from its own beginning', () => {
    expect(forHowLong(nowRow('a'), at(59.9))).toBe('59 s');
    expect(forHowLong(nowRow('a'), at(65.9))).toBe('1 min 05 s');
    expect(forHowLong(nowRow('a', { step: STEP }), at(32))).toBe('2 s');
    expect(forHowLong(nowRow('a'), at(-5))).toBe('0 s');
  });

  it('have tokens in short, and none that nobody has counted', () => {
    expect(tokenWords(nowRow('a', { input_tokens: 18_200, output_tokens: 50 }))).toBe('18.3K');
    expect(tokenWords(nowRow('a'))).toBe('');
  });

  it('have what it cost, and nothing where no price is known', () => {
    expect(costWords(nowRow('a', { cost: 2_100_000, currency: 'EUR' }))).toBe('2.10 EUR');
    expect(costWords(nowRow('a', { cost: 0, currency: 'EUR' }))).toBe('0.00 EUR');
    expect(costWords(nowRow('a'))).toBe('');
  });
});
