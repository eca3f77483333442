import { SourceError } from './answer-source';
import { OwnServerSource } from './own-server-source';

describe('a model server on this computer', () => {
  const source = new OwnServerSource('http://localhost:11434/v1/', 'tiny');

  /** What is told of an answer that comes in these pieces. */
  async function told(pieces: readonly string[], type = 'text/event-stream'): Promise<string[]> {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
        controller.close();
      },
    });
    const asked = vi
      .spyOn(globalThis, 'fetch')
      .mockResolvedValue(new Response(body, { headers: { 'Content-Type': type } }));
    const found: string[] = [];
    await source.answer([{ role: 'user', content: 'Hi' }], (delta) => found.push(delta), new AbortController().signal);
    expect(asked).toHaveBeenCalledWith('http://localhost:11434/v1/chat/completions', expect.anything());
    return found.filter((delta) => delta !== '');
  }
  const piece = (content: string): string => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;

  afterEach(() => vi.restoreAllMocks());

  it('tells pieces as they come, wherever they are cut', async () => {
    const whole = `: working\n\n${piece('Tide')}${piece(' is out – now')}data: [DONE]\n\n`;
    expect(await told([whole])).toEqual(['Tide', ' is out – now']);
    for (let cut = 1; cut < whole.length; cut++) {
      expect((await told([whole.slice(0, cut), whole.slice(cut)])).join('')).toBe('Tide is out – now');
    }
  });

  it('takes an answer in one piece', async () => {
    const whole = JSON.stringify({ choices: [{ message: { content: 'Out.' } }] });
    expect(await told([whole], 'application/json')).toEqual(['Out.']);
  });

  it('asks the model that is wanted by name, else its own', async () => {
    const answer = { choices: [{ message: { content: 'Out.' } }] };
    const asked = vi.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(Response.json(answer)));
    const signal = new AbortController().signal;
    await source.answer([], () => undefined, signal, 'large');
    await source.answer([], () => undefined, signal);
    const models = asked.mock.calls.map(([, init]) => (JSON.parse(init?.body as string) as { model: string }).model);
    expect(models).toEqual(['large', 'tiny']);
  });

  it('says in plain words what is wrong', async () => {
    const signal = new AbortController().signal;
    const failure = async (): Promise<string> => {
      try {
        await source.answer([], () => undefined, signal);
        return '';
      } catch (error: unknown) {
        expect(error).toBeInstanceOf(SourceError);
        return (error as Error).message;
      }
    };
    const fetched = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('Failed to fetch'));
    expect(await failure()).toContain('There is no model server at http://localhost:11434/v1');
    fetched.mockResolvedValue(new Response('', { status: 404 }));
    expect(await failure()).toContain('does not know the model “tiny”');
    fetched.mockResolvedValue(new Response('<html>', { headers: { 'Content-Type': 'text/html' } }));
    expect(await failure()).toContain('something that is no answer');
  });
});
