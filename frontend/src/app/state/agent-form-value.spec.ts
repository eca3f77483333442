import { KINDS, agent, builtIn, unavailable } from '../../testing/agents';
import { AgentDetail, ChatConfiguration } from '../models/models';
import {
  AgentFormValue,
  changeOf,
  changesAddress,
  formValueOf,
  newAgent,
  ofKind,
  sameFormValue,
} from './agent-form-value';

const own = formValueOf(agent('Helper'), KINDS);
const empty = formValueOf(null, KINDS);

/** What the test knows: it is of a kind with a model. */
const withModel = (configuration: AgentDetail['configuration']): ChatConfiguration =>
  configuration as ChatConfiguration;

function filled(value: AgentFormValue, fields: Record<string, string>): AgentFormValue {
  return { ...value, fields: { ...value.fields, ...fields } };
}

describe('the value of an agent', () => {
  it('sends what it changes and no more', () => {
    for (const stored of [
      agent('Helper', { description: 'Helps.', secrets: ['api_key'], system_prompt: ' Be brief.\n' }),
      builtIn(),
    ]) {
      const value = formValueOf(stored, KINDS);
      const { name, description, configuration, system_prompt, enabled } = stored;
      expect(newAgent(value, {}, KINDS)).toEqual({
        name,
        description,
        configuration: { ...configuration, run_seconds: null },
        system_prompt,
        enabled,
        secrets: {},
      });
      expect(changeOf(value, {}, stored, KINDS)).toEqual({ secrets: {} });
      expect(changeOf({ ...value, description: 'Else.' }, {}, stored, KINDS)).toEqual({
        description: 'Else.',
        secrets: {},
      });
      expect(
        withModel(changeOf(filled(value, { 'model.name': 'other' }), {}, stored, KINDS).configuration).model?.name,
      ).toBe('other');
    }
  });

  it('configures an agent again that is not available, once its form has a kind that the server knows', () => {
    const refused = unavailable('chat', 'invalid_configuration');
    expect(changeOf(formValueOf(refused, KINDS), {}, refused, KINDS).configuration).toMatchObject({
      kind: 'chat',
      source: 'server',
    });
    const gone = unavailable('gone', 'unknown_kind');
    const value = formValueOf(gone, KINDS);
    expect(changeOf({ ...value, name: 'Quay' }, {}, gone, KINDS)).toEqual({ name: 'Quay', secrets: {} });
    expect(changeOf(ofKind(value, 'documents', KINDS), {}, gone, KINDS).configuration?.kind).toBe('documents');
  });

  it('knows left out numbers and names from given ones', () => {
    const model = (fields: Record<string, string>): unknown =>
      withModel(newAgent(filled(own, fields), {}, KINDS).configuration).model;
    expect(model({ 'model.temperature': '0', 'model.max_tokens': '500', 'model.name': ' tiny ' })).toEqual({
      name: 'tiny',
      temperature: 0,
      max_tokens: 500,
    });
    expect(model({ 'model.temperature': ' ', 'model.max_tokens': '', 'model.name': ' ' })).toEqual({
      name: null,
      temperature: null,
      max_tokens: null,
    });
  });

  it('sends only what its source has', () => {
    const value = filled({ ...own, kind: 'documents' }, { 'model.temperature': '1' });
    const key = { api_key: { kind: 'replace', value: 'sk-1' } } as const;
    expect(newAgent(value, key, KINDS)).toMatchObject({
      configuration: { base_url: 'http://models.example/v1' },
      secrets: { api_key: 'sk-1' },
    });
    const server = newAgent(filled(value, { source: 'server' }), key, KINDS);
    expect([
      withModel(server.configuration).base_url,
      withModel(server.configuration).model?.temperature,
      server.secrets,
    ]).toEqual([null, 1, {}]);
    const none = newAgent(filled(value, { source: 'none' }), key, KINDS);
    expect([withModel(none.configuration).model, none.secrets]).toEqual([
      { name: null, temperature: null, max_tokens: null },
      {},
    ]);
  });

  it('sends no secret that another kind has', () => {
    const typed = { api_key: { kind: 'replace', value: 'sk-1' }, token: { kind: 'replace', value: 't-1' } } as const;
    const crew = ofKind(filled(empty, { address: 'https://crew.example.org' }), 'crewai', KINDS);
    expect(newAgent(crew, typed, KINDS).secrets).toEqual({ token: 't-1' });
  });

  it('keeps, replaces or removes a secret', () => {
    const stored = agent('Helper');
    const secrets = (value: AgentFormValue, change: object): unknown =>
      changeOf(value, change as never, stored, KINDS).secrets;
    expect(secrets(own, {})).toEqual({});
    expect(secrets(own, { api_key: { kind: 'replace', value: '' } })).toEqual({});
    expect(secrets(own, { api_key: { kind: 'replace', value: 'sk-2' } })).toEqual({ api_key: 'sk-2' });
    expect(secrets(filled(own, { source: 'server' }), { api_key: { kind: 'remove' } })).toEqual({ api_key: null });
  });

  it('tells another address from the same one written otherwise', () => {
    const stored = agent('Helper');
    const moved = (typed: string, of = stored): boolean => changesAddress(filled(own, { base_url: typed }), of, KINDS);
    expect([
      moved('http://models.example/v1'),
      moved(' http://models.example/v1/ '),
      moved('http://other.example/v1'),
      moved(''),
    ]).toEqual([false, false, true, true]);
    const openAi = agent('Helper', { configuration: { ...withModel(stored.configuration), base_url: null } });
    expect(moved('https://api.openai.com/v1', openAi)).toBe(false);
    expect(changesAddress(filled(own, { base_url: 'x' }), null, KINDS)).toBe(false);
    expect(moved('x', builtIn())).toBe(false);
  });

  it('keeps what another kind has too', () => {
    const documents = ofKind(empty, 'documents', KINDS);
    expect(ofKind(filled(documents, { source: 'own' }), 'chat', KINDS).fields['source']).toBe('own');
    expect(ofKind(filled(documents, { source: 'none' }), 'chat', KINDS).fields['source']).toBe('server');
    expect(ofKind(filled(documents, { 'model.name': 'tiny' }), 'chat', KINDS).fields['model.name']).toBe('tiny');
  });

  it('is the same as long as no field differs', () => {
    expect(sameFormValue(own, formValueOf(agent('Helper'), KINDS))).toBe(true);
    for (const change of [{ ...own, name: 'x' }, { ...own, enabled: false }, filled(own, { 'model.temperature': '1' })])
      expect(sameFormValue(own, change)).toBe(false);
  });
});
