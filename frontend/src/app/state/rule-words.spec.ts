import { Agent, ApprovalRule } from '../models/models';
import { effectWords, expiryOf, obedience, ruleAgent, trialWords } from './rule-words';

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

describe('the words of a rule about tools', () => {
  it('say who is asked, and what happens when nobody decides', () => {
    expect(effectWords(RULE)).toBe('asks who may ask in the session, and waits');
    expect(effectWords({ ...RULE, decides: 'administrators', expires_in: 7200 })).toBe(
      'asks administrators; after 2 hours it is refused',
    );
    const people = { ...RULE, decides: 'people', deciders: ['a'], expires_in: 60, on_expiry: 'approve' } as const;
    expect(effectWords({ ...people, deciders: ['a'] })).toBe('asks 1 person; after 1 minute it is allowed');
    expect(effectWords({ ...RULE, effect: 'refuse' })).toBe('refuses');
  });

  it('count time in the largest unit that says it whole', () => {
    expect([60, 5400, 86_400, 259_200, 30].map(expiryOf)).toEqual([
      { count: 1, unit: 'minutes' },
      { count: 90, unit: 'minutes' },
      { count: 1, unit: 'days' },
      { count: 3, unit: 'days' },
      { count: 1, unit: 'minutes' },
    ]);
  });

  it('name the agent that it is about', () => {
    const find = (id: string): Agent | null => (id === 'agent-1' ? ({ name: 'Crew' } as Agent) : null);
    expect(ruleAgent(RULE, find)).toBe('');
    expect(ruleAgent({ ...RULE, agent_id: 'agent-1' }, find)).toBe('Crew');
    expect(ruleAgent({ ...RULE, agent_id: 'agent-2' }, find)).toBe('an agent that is gone');
    expect(ruleAgent({ ...RULE, agent_name: 'Claude Code' }, find)).toBe('Claude Code');
  });

  it('say what would become of a call', () => {
    expect(trialWords('rm', { outcome: 'passes', rule: null })).toBe('“rm” would pass: no rule is about it.');
    expect(trialWords('rm', { outcome: 'asks', rule: RULE })).toBe('“rm” would ask, by the rule “Deletions ask”.');
    expect(trialWords('rm', { outcome: 'refused', rule: RULE })).toContain('would be refused');
  });

  it('tell which agents obey', () => {
    const agent = (name: string, hold_tools?: string): Agent =>
      ({ name, can: hold_tools ? { hold_tools } : null }) as unknown as Agent;
    const all = [agent('Own', 'yes'), agent('Crew', 'best-effort'), agent('Flow', 'no'), agent('Unknown')];
    expect(obedience(all)).toEqual({ held: ['Own'], asking: ['Crew'], free: ['Flow'] });
  });
});
