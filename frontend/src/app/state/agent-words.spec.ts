import { agent, builtIn, unavailable } from '../../testing/agents';
import { limitWords, modelWords, problemWords, unavailableReason } from './agent-words';

describe('the words about an agent', () => {
  it('say where its model is', () => {
    const { configuration } = agent('Helper');
    expect(modelWords(configuration)).toBe('tiny at models.example');
    expect(modelWords({ ...configuration, base_url: null })).toBe('tiny at OpenAI');
    expect(modelWords(builtIn().configuration)).toBe("This server's model");
    expect(modelWords({ kind: 'chat', source: 'server', model: { name: 'llama3.2' } })).toBe(
      'llama3.2, by this server',
    );
    expect(modelWords({ kind: 'documents', source: 'none' })).toBe('Built-in extraction');
  });

  it('say what it cannot do', () => {
    const all = {
      stream: 'yes',
      stop: 'yes',
      pause: 'yes',
      steer: 'yes',
      approve: 'yes',
      read_documents: 'yes',
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
});
