import { agent, builtIn } from '../../testing/agents';
import { changeOf, changesAddress, formValueOf, newAgent, ofKind, sameFormValue } from './agent-form-value';

const KEEP = { kind: 'keep' } as const;
const own = formValueOf(agent('Helper'));

describe('the value of an agent', () => {
  it('sends what it changes and no more', () => {
    for (const stored of [
      agent('Helper', { description: 'Helps.', secrets: ['api_key'], system_prompt: ' Be brief.\n' }),
      builtIn(),
    ]) {
      const value = formValueOf(stored);
      const { name, description, configuration, system_prompt, enabled } = stored;
      expect(newAgent(value, KEEP)).toEqual({ name, description, configuration, system_prompt, enabled, secrets: {} });
      expect(changeOf(value, KEEP, stored)).toEqual({ secrets: {} });
      expect(changeOf({ ...value, description: 'Else.' }, KEEP, stored)).toEqual({ description: 'Else.', secrets: {} });
      expect(changeOf({ ...value, model: 'other' }, KEEP, stored).configuration?.model?.name).toBe('other');
    }
  });

  it('knows left out numbers and names from given ones', () => {
    const model = (fields: object): unknown => newAgent({ ...own, ...fields }, KEEP).configuration.model;
    expect(model({ temperature: '0', maxTokens: '500', model: ' tiny ' })).toEqual({
      name: 'tiny',
      temperature: 0,
      max_tokens: 500,
    });
    expect(model({ temperature: ' ', maxTokens: '', model: ' ' })).toEqual({
      name: null,
      temperature: null,
      max_tokens: null,
    });
  });

  it('sends only what its source has', () => {
    const value = { ...own, kind: 'documents', temperature: '1' } as const;
    const key = { kind: 'replace', value: 'sk-1' } as const;
    expect(newAgent(value, key)).toMatchObject({
      configuration: { base_url: 'http://models.example/v1' },
      secrets: { api_key: 'sk-1' },
    });
    const server = newAgent({ ...value, source: 'server' }, key);
    expect([server.configuration.base_url, server.configuration.model?.temperature, server.secrets]).toEqual([
      null,
      1,
      {},
    ]);
    const none = newAgent({ ...value, source: 'none' }, key);
    expect([none.configuration.model, none.secrets]).toEqual([{ name: null, temperature: null, max_tokens: null }, {}]);
  });

  it('keeps, replaces or removes the key', () => {
    const stored = agent('Helper');
    expect(changeOf(own, KEEP, stored).secrets).toEqual({});
    expect(changeOf(own, { kind: 'replace', value: '' }, stored).secrets).toEqual({});
    expect(changeOf(own, { kind: 'replace', value: 'sk-2' }, stored).secrets).toEqual({ api_key: 'sk-2' });
    expect(changeOf({ ...own, source: 'server' }, { kind: 'remove' }, stored).secrets).toEqual({ api_key: null });
  });

  it('tells another address from the same one written otherwise', () => {
    const stored = agent('Helper');
    const moved = (baseUrl: string): boolean => changesAddress({ ...own, baseUrl }, stored);
    expect([
      moved('http://models.example/v1'),
      moved(' http://models.example/v1/ '),
      moved('http://other.example/v1'),
      moved(''),
    ]).toEqual([false, false, true, true]);
    const openAi = agent('Helper', { configuration: { ...stored.configuration, base_url: null } });
    expect(changesAddress({ ...own, baseUrl: 'https://api.openai.com/v1' }, openAi)).toBe(false);
    expect(changesAddress({ ...own, baseUrl: 'x' }, null)).toBe(false);
    expect(changesAddress({ ...own, baseUrl: 'x' }, builtIn())).toBe(false);
  });

  it('keeps the source of another kind where that has it too', () => {
    const value = formValueOf(null);
    expect(ofKind({ ...value, source: 'own' }, 'chat').source).toBe('own');
    expect(ofKind({ ...value, source: 'none' }, 'chat').source).toBe('server');
  });

  it('is the same as long as no field differs', () => {
    expect(sameFormValue(own, formValueOf(agent('Helper')))).toBe(true);
    for (const change of [{ name: 'x' }, { enabled: false }, { temperature: '1' }])
      expect(sameFormValue(own, { ...own, ...change })).toBe(false);
  });
});
