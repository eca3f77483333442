import { agent, builtIn } from '../../testing/agents';
import { modelWords, unavailableReason, sourcesOf } from './agent-words';

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

  it('offer extraction to those alone who read documents', () => {
    expect(sourcesOf('chat').map(({ source }) => source)).toEqual(['server', 'own']);
    expect(sourcesOf('documents').map(({ source }) => source)).toEqual(['server', 'own', 'none']);
  });

  it('say why nobody answers', () => {
    const helper = { id: 'a', name: 'Helper', avatar: null };
    expect(unavailableReason({ ...helper, state: 'ready' })).toBe('');
    expect(unavailableReason({ ...helper, state: 'disabled' })).toBe('Helper is disabled and does not answer.');
    expect(unavailableReason({ ...helper, id: null, state: 'deleted' })).toContain('was deleted');
  });
});
