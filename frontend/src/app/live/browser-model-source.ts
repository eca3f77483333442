import { AnswerSource, SourceError, Turn } from './answer-source';

interface ModelSession {
  promptStreaming(prompt: string, options: { signal: AbortSignal }): AsyncIterable<string>;
  destroy(): void;
}

/** The Prompt API of Chrome. */
interface LanguageModelApi {
  availability(): Promise<'unavailable' | 'downloadable' | 'downloading' | 'available'>;
  create(options: { initialPrompts: readonly Turn[]; signal: AbortSignal }): Promise<ModelSession>;
}

function api(): LanguageModelApi | undefined {
  return (globalThis as { LanguageModel?: LanguageModelApi }).LanguageModel;
}

/** The model that this browser has built in. */
export class BrowserModelSource implements AnswerSource {
  readonly name = $localize`:a model|:built into the browser`;

  static isThere(): boolean {
    return api() !== undefined;
  }

  async answer(turns: readonly Turn[], told: (delta: string) => void, signal: AbortSignal): Promise<void> {
    const model = api();
    if (!model || (await model.availability()) === 'unavailable') {
      throw new SourceError($localize`This browser has no model of its own. Choose another source.`);
    }
    const session = await model.create({ initialPrompts: turns.slice(0, -1), signal });
    try {
      for await (const piece of session.promptStreaming(turns.at(-1)?.content ?? '', { signal })) told(piece);
    } finally {
      session.destroy();
    }
  }
}
