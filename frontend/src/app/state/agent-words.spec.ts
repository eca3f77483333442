import { KINDS, agent, builtIn, unavailable } from '../../testing/agents';
import { BackendKind, ChatConfiguration, Info } from '../models/models';
import { absentWorkers, limitWords, modelWords, problemWords, unavailableReason } from './agent-words';

const kind = (name: string): BackendKind => {
  const found = KINDS.find((one) => one.name === name);
  if (!found) throw new Error(`There is no kind ${name}.`);
  return found;
};

describe('the words about an agent', () => {
  it('say where its model is', () => {
    const configuration = agent('Helper').configuration as ChatConfiguration;
    expect(modelWords(configuration, kind('chat'), null)).toBe('tiny at models.example');
    expect(modelWords({ ...configuration, base_url: null }, kind('chat'), null)).toBe('tiny at OpenAI');
  });

  it('say what answers in place of a model', () => {
    const routes = [{ agent: 'agent-1', words: 'pay*' }];
    expect([
      modelWords({ kind: 'documents', source: 'none' }, kind('documents'), null),
      modelWords({ kind: 'router', source: 'none', routes, otherwise: 'agent-2' }, kind('router'), null),
      modelWords({ kind: 'remote' }, kind('remote'), null),
    ]).toEqual(['Built-in extraction', 'Rules', '']);
  });

  it('say what the model of this server is, where there is one', () => {
    const { configuration } = builtIn();
    const server = { mode: 'model', model: 'gpt-5-mini' } as Info;
    const bare = { mode: 'built-in', model: null } as Info;
    const chat = { kind: 'chat', source: 'server', model: { name: 'llama3.2' } } as const;
    expect([null, server, bare].map((one) => modelWords(configuration, kind('documents'), one))).toEqual([
      "This server's model",
      'gpt-5-mini, by this server',
      'Built-in extraction',
    ]);
    expect([server, bare].map((one) => modelWords(chat, kind('chat'), one))).toEqual([
      'llama3.2, by this server',
      'None: this server has no model',
    ]);
  });

  it('say what it cannot do', () => {
    const all = {
      stream: 'yes',
      stop: 'yes',
      pause: 'yes',
      steer: 'yes',
      approve: 'yes',
      read_documents: 'yes',
      rerun: 'yes',
      hold_tools: 'yes',
    } as const;
    expect(limitWords(all)).toBe('');
    expect(limitWords({ ...all, stop: 'best-effort' })).toBe('Best effort: stopping.');
    expect(limitWords({ ...all, stop: 'best-effort', pause: 'no', steer: 'no' })).toBe(
      'Not supported: pausing, messages while it works. Best effort: stopping.',
    );
  });

  it('say why it cannot be used', () => {
    expect(problemWords(agent('Helper'))).toBe('');
    expect(problemWords(unavailable('gone', 'unknown_kind'))).toContain('does not know the kind “gone”');
    expect(problemWords(unavailable('chat', 'invalid_configuration'))).toContain('no longer accepts its configuration');
  });

  it('say why nobody answers', () => {
    const helper = { id: 'a', name: 'Helper', avatar: null };
    expect(unavailableReason({ ...helper, state: 'ready' })).toBe('');
    expect(unavailableReason({ ...helper, state: 'disabled' })).toBe('Helper is disabled and does not answer.');
    expect(unavailableReason({ ...helper, id: null, state: 'deleted' })).toContain('was deleted');
  });

  it('say since when no worker has asked, while none is there', () => {
    const now = Date.parse('2026-03-14T12:00:00Z');
    const words = (kind: string, connected: string[], last_seen_at: string | null): string =>
      absentWorkers(agent('Crew', { kind, workers: { connected, last_seen_at } }), now);
    expect(words('remote', ['pier-1'], '2026-03-14T11:59:00Z')).toBe('');
    expect(absentWorkers(agent('Helper'), now)).toBe('');
    const waiting = 'Waiting for a worker of “Crew”: none';
    expect(words('remote', [], '2026-03-14T11:55:00Z')).toBe(`${waiting} has asked for 5 minutes. Start its program.`);
    expect(words('remote', [], '2026-03-14T08:59:00Z')).toBe(`${waiting} has asked for 3 hours. Start its program.`);
    expect(words('browser', [], null)).toBe(
      `${waiting} is connected. Open the page Worker in a browser, and start it.`,
    );
  });
});
