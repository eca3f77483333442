import { words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { NoticeRule } from '../../models/models';
import { NoticeRulesComponent } from './notice-rules.component';

const RULE: NoticeRule = {
  id: 'rule-1',
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
const RULES = '/api/team/notice-rules';

describe('the notices of a team', () => {
  let page: PageHarness;

  beforeEach(async () => {
    page = new PageHarness();
    await page.open(NoticeRulesComponent);
  });

  it('adds a place, whose secret is shown once', async () => {
    await page.answer('GET', RULES, { rules: [] });
    expect(words(page.element)).toContain('The team is told of nothing yet.');
    await page.press('Add a place');
    await page.answer('GET', '/api/agents', { agents: [], next_cursor: null });
    await page.type('#rule-name', 'Watch');
    await page.type('#rule-url', 'https://example.org/hook');
    await page.submit();
    const sent = await page.answer('POST', RULES, { rule: RULE, secret: 'whsec_abc' });
    expect(sent).toEqual({
      name: 'Watch',
      channel: 'webhook',
      url: 'https://example.org/hook',
      kinds: ['run_failed', 'stuck'],
      agent_id: null,
    });
    await page.answer('GET', RULES, { rules: [RULE] });
    expect(page.element.querySelector<HTMLInputElement>('app-secret input')?.value).toBe('whsec_abc');
  });

  it('says why a place was switched off, and what was left out', async () => {
    const reason = 'Switched off: Nothing has arrived there since 2026-03-11.';
    await page.answer('GET', RULES, { rules: [{ ...RULE, enabled: false, disabled_reason: reason, left_out: 12 }] });
    expect(words(page.element)).toContain(`${reason} 12 notices were too many to keep.`);
  });
});
