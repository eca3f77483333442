import { refusal } from '../../../testing/accounts';
import { words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { ApprovalRule } from '../../models/models';
import { ApprovalRulesComponent } from './approval-rules.component';

const RULE: ApprovalRule = {
  id: 'rule-1',
  name: 'Deletions ask',
  tool: '*delete_*',
  agent_id: null,
  agent_name: null,
  effect: 'ask',
  explanation: null,
  decides: 'session',
  deciders: [],
  expires_in: null,
  on_expiry: null,
  enabled: true,
  created_by: 'Ada',
  created_at: '2026-03-14T09:00:00Z',
  changed_at: '2026-03-14T09:00:00Z',
};
const RULES = '/api/team/approval-rules';

describe('the rules of a team about tools', () => {
  let page: PageHarness;

  beforeEach(async () => {
    page = new PageHarness();
    await page.open(ApprovalRulesComponent);
    await page.answer('GET', '/api/agents', { agents: [], next_cursor: null });
  });

  afterEach(() => vi.restoreAllMocks());

  it('adds a rule', async () => {
    await page.answer('GET', RULES, { rules: [] });
    expect(words(page.element)).toContain('No rules: agents call their tools without asking.');
    await page.press('Add a rule');
    await page.answer('GET', '/api/team/users', { users: [] });
    await page.type('#approval-rule-name', 'Deletions ask');
    await page.type('#approval-rule-tool', '*delete_*');
    await page.submit();
    expect(await page.answer('POST', RULES, RULE)).toEqual({
      name: 'Deletions ask',
      tool: '*delete_*',
      agent_id: null,
      agent_name: null,
      effect: 'ask',
      explanation: null,
      decides: 'session',
      deciders: [],
      expires_in: null,
      on_expiry: null,
    });
    await page.answer('GET', RULES, { rules: [RULE] });
    expect(words(page.element)).toContain('asks who may ask in the session, and waits');
  });

  it('brings into view why a change was refused, where it was asked for', async () => {
    Object.assign(HTMLElement.prototype, { hidePopover: () => undefined });
    const seen: Element[] = [];
    vi.spyOn(Element.prototype, 'scrollIntoView').mockImplementation(function (this: Element) {
      seen.push(this);
    });
    await page.answer('GET', RULES, { rules: [RULE, { ...RULE, id: 'rule-2', name: 'Payments ask' }] });
    await page.press('Change…');
    await page.answer('GET', '/api/team/users', { users: [] });
    await page.submit();
    page.http.expectOne({ method: 'PATCH' }).flush(...refusal(400, 'bad_request', 'This name is taken.'));
    await page.settle();
    const alerts = [...page.element.querySelectorAll('[role=alert]')].filter((one) => words(one) !== '');
    const [alert, ...others] = alerts;
    expect([words(alert), others]).toEqual(['This name is taken.', []]);
    expect(alert?.closest('form')).not.toBeNull();
    expect(seen).toEqual([alert]);
    expect(document.activeElement).toBe(alert);
  });

  it('asks the server what would become of a call', async () => {
    await page.answer('GET', RULES, { rules: [RULE] });
    await page.type('#trial-tool', 'delete_file');
    await page.submit();
    const sent = await page.answer('POST', `${RULES}/try`, { outcome: 'asks', rule: RULE });
    expect(sent).toEqual({ tool: 'delete_file', agent_id: null });
    expect(words(page.element)).toContain('“delete_file” would ask, by the rule “Deletions ask”.');
  });
});
