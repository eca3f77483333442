import { PuterSource } from './puter-source';

describe('the models of puter.com', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it('are asked by name where one is wanted', async () => {
    const chat = vi.fn(() => Promise.resolve([{ text: 'Out.' }]));
    vi.stubGlobal('puter', { ai: { chat } });
    vi.spyOn(document.head, 'append').mockImplementation((script) => {
      (script as HTMLScriptElement).onload?.(new Event('load'));
    });
    const told: string[] = [];
    const source = new PuterSource();
    const signal = new AbortController().signal;
    await source.answer([{ role: 'user', content: 'Hi' }], (delta) => told.push(delta), signal, 'gpt-4o');
    await source.answer([], () => undefined, signal);
    expect(told).toEqual(['Out.']);
    expect(chat.mock.calls).toEqual([
      [[{ role: 'user', content: 'Hi' }], { stream: true, model: 'gpt-4o' }],
      [[], { stream: true }],
    ]);
  });
});
