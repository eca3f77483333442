import { AnswerSource, SourceError, Turn } from './answer-source';

const SCRIPT = 'https://js.puter.com/v2/';

interface Puter {
  ai: {
    chat(
      turns: readonly Turn[],
      options: { stream: true; model?: string },
    ): Promise<AsyncIterable<{ readonly text?: string } | undefined>>;
  };
}

/** The models of puter.com, by its script, which an administrator has allowed. */
export class PuterSource implements AnswerSource {
  readonly name = 'Puter.js';

  async answer(
    turns: readonly Turn[],
    told: (delta: string) => void,
    signal: AbortSignal,
    model?: string,
  ): Promise<void> {
    const puter = await loaded();
    for await (const piece of await puter.ai.chat(turns, { stream: true, ...(model && { model }) })) {
      signal.throwIfAborted();
      told(piece?.text ?? '');
    }
  }
}

let loading: Promise<Puter> | null = null;

function loaded(): Promise<Puter> {
  loading ??= new Promise<Puter>((resolve, reject) => {
    const script = document.createElement('script');
    script.src = SCRIPT;
    script.onload = () => resolve((globalThis as unknown as { puter: Puter }).puter);
    script.onerror = () => {
      loading = null;
      script.remove();
      reject(new SourceError($localize`The script of Puter.js could not be loaded. Is js.puter.com blocked?`));
    };
    document.head.append(script);
  });
  return loading;
}
