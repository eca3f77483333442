import { AnswerSource, SourceError, Turn } from './answer-source';

interface Reply {
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string | null };
    readonly message?: { readonly content?: string | null };
  }[];
}

/** A model server on this computer that speaks OpenAI's chat completions, as Ollama does. */
export class OwnServerSource implements AnswerSource {
  readonly name: string;

  constructor(
    private readonly address: string,
    private readonly model: string,
  ) {
    this.name = model;
  }

  async answer(
    turns: readonly Turn[],
    told: (delta: string) => void,
    signal: AbortSignal,
    model = this.model,
  ): Promise<void> {
    const response = await this.ask(turns, signal, model);
    if (!response.headers.get('Content-Type')?.includes('event-stream')) {
      told(textOf(await response.text(), 'message'));
      return;
    }
    let rest = '';
    const decoder = new TextDecoder();
    for await (const bytes of piecesOf(response)) {
      rest += decoder.decode(bytes, { stream: true });
      const lines = rest.split(/\r\n|\r|\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) tell(line, told);
    }
    tell(rest, told);
  }

  private async ask(turns: readonly Turn[], signal: AbortSignal, model: string): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${this.address.replace(/\/+$/, '')}/chat/completions`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ model, messages: turns, stream: true }),
        signal,
      });
    } catch (error: unknown) {
      if (signal.aborted) throw error;
      throw new SourceError(
        $localize`There is no model server at ${this.address}:address:, or it does not allow this page. Start it, and let it allow the address ${location.origin}:origin: (for Ollama: OLLAMA_ORIGINS=${location.origin}:origin:).`,
      );
    }
    if (response.ok) return response;
    throw new SourceError(
      response.status === 404
        ? $localize`The model server does not know the model “${model}:model:”, or has another address.`
        : $localize`The model server answered with status ${response.status}:status:. Look at its log.`,
    );
  }
}

async function* piecesOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) yield piece.value;
}

function tell(line: string, told: (delta: string) => void): void {
  const data = line.startsWith('data:') ? line.slice(5).trim() : '';
  if (data !== '' && data !== '[DONE]') told(textOf(data, 'delta'));
}

function textOf(json: string, where: 'delta' | 'message'): string {
  try {
    return (JSON.parse(json) as Reply).choices?.[0]?.[where]?.content ?? '';
  } catch {
    throw new SourceError(
      $localize`The model server sent something that is no answer. Is the address that of its API?`,
    );
  }
}
