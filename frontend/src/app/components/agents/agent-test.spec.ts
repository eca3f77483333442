import { refusal } from '../../../testing/accounts';
import { words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { AgentTestComponent } from './agent-test.component';

describe('the test of an agent', () => {
  const trial = { configuration: { kind: 'documents', source: 'none' } };
  const found = (page: PageHarness): [string, string | undefined] => [
    words(page.element.querySelector('.found')),
    page.element.querySelector('.found')?.className,
  ];

  it('tries what the form has of a new one, and says what was found', async () => {
    const page = new PageHarness();
    await page.open(AgentTestComponent, { agentId: null, trial });
    await page.press('Test connection');
    const body = await page.answer('POST', '/api/agents/test', { works: true, message: 'The model answers.' });
    expect(body).toEqual(trial);
    expect(found(page)).toEqual(['The model answers.', 'found ok']);
  });

  it('tries a stored one as it is stored, unless the form has something else', async () => {
    const page = new PageHarness();
    await page.open(AgentTestComponent, { agentId: 'a', trial });
    await page.press('Test connection');
    await page.answer('POST', '/api/agents/a/test', { works: false, message: 'It does not accept the key.' });
    expect(found(page)).toEqual(['It does not accept the key.', 'found bad']);

    await page.open(AgentTestComponent, { agentId: 'a', trial, changed: true });
    await page.press('Test connection');
    page.http.expectNone('/api/agents/a/test');
  });

  it('says why it could not be tried', async () => {
    const page = new PageHarness();
    await page.open(AgentTestComponent, { agentId: 'a', trial });
    await page.press('Test connection');
    page.http.expectOne('/api/agents/a/test').flush(...refusal(409, 'agent_unavailable', 'It is of no known kind.'));
    await page.settle();
    expect(found(page)[0]).toBe('It is of no known kind.');
  });

  it('hands on what it suggests, and still says what it found when that is followed', async () => {
    const suggestions = { inputs: { topic: { gets: 'question' } } };
    const followed = { configuration: { kind: 'crewai', address: 'https://crew.example.org', ...suggestions } };
    const handed: object[] = [];
    const follow = (members: object): object => {
      handed.push(members);
      return followed;
    };
    const page = new PageHarness();
    await page.open(AgentTestComponent, { agentId: null, trial, follow });
    await page.press('Test connection');
    await page.answer('POST', '/api/agents/test', { works: true, message: 'It has a topic.', suggestions });
    expect(handed).toEqual([suggestions]);
    await page.give({ trial: followed });
    expect(found(page)).toEqual([
      'It has a topic. The configuration was filled in from its answer. Check it, then save.',
      'found ok',
    ]);
    await page.give({ trial: { ...followed } });
    expect(found(page)).toEqual(['', 'found']);
  });

  it('says nothing of what was typed over while it was tried', async () => {
    const page = new PageHarness();
    const follow = (): never => {
      throw new Error('It suggests something for what is not there any more.');
    };
    await page.open(AgentTestComponent, { agentId: null, trial, follow });
    await page.press('Test connection');
    await page.give({ trial: { configuration: { kind: 'documents', source: 'server' } } });
    await page.answer('POST', '/api/agents/test', { works: true, message: 'The model answers.', suggestions: {} });
    expect(found(page)).toEqual(['', 'found']);
  });
});
