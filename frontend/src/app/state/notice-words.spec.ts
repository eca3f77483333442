import { NoticeDelivery, NoticeRule } from '../models/models';
import { browserWords, clockOf, kindsWords, minuteOf, ruleWords, statusWords } from './notice-words';

const DELIVERY: NoticeDelivery = {
  id: 'n',
  channel: 'webhook',
  kind: 'run_failed',
  count: 1,
  at: '2026-03-14T09:00:00Z',
  status: 'waiting',
  attempts: 0,
  due_at: '2026-03-14T09:00:00Z',
  ended_at: null,
  answer_status: null,
  answer: null,
  took_ms: null,
  error: null,
};
const RULE: NoticeRule = {
  id: 'r',
  name: 'Watch',
  channel: 'webhook',
  kinds: ['run_failed'],
  agent_id: null,
  place: 'https://example.org',
  enabled: true,
  failing_since: null,
  disabled_reason: null,
  left_out: 0,
  waiting: 0,
  created_at: '2026-03-14T09:00:00Z',
};

describe('the words of notices', () => {
  it('says what became of one', () => {
    expect(statusWords(DELIVERY)).toBe('Waits');
    expect(statusWords({ ...DELIVERY, attempts: 1, answer_status: 503 })).toBe('Tried once (503)');
    expect(statusWords({ ...DELIVERY, status: 'sent', answer_status: 204 })).toBe('Arrived (204)');
    expect(statusWords({ ...DELIVERY, status: 'failed' })).toBe('Not delivered');
    expect(statusWords({ ...DELIVERY, status: 'needless' })).toBe('Not needed any more');
  });

  it('says how a rule does, and what it is for', () => {
    expect(ruleWords(RULE)).toBe('On');
    expect(ruleWords({ ...RULE, waiting: 3 })).toBe('3 to be sent');
    expect(ruleWords({ ...RULE, failing_since: '2026-03-14T09:00:00Z', waiting: 3 })).toBe('Does not arrive');
    expect(ruleWords({ ...RULE, enabled: false })).toBe('Off');
    expect(kindsWords(['stuck', 'run_failed'])).toBe('A run has failed, A run may be stuck');
    expect(kindsWords(['approval_waits', 'run_failed', 'stuck', 'over_budget', 'run_ended'])).toBe('Everything');
  });

  it('tells minutes of a day and clocks from each other', () => {
    expect(clockOf(22 * 60 + 5)).toBe('22:05');
    expect(minuteOf('07:30')).toBe(450);
    expect(minuteOf('')).toBeNull();
  });

  it('names a browser by what it calls itself', () => {
    expect(browserWords('Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0')).toBe(
      'Firefox on Linux',
    );
    expect(browserWords('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1')).toBe(
      'Safari on iPhone',
    );
    expect(browserWords('')).toBe('A browser');
  });
});
