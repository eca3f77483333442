/** One message of a conversation with a model. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** What answers questions in this browser. */
export interface AnswerSource {
  /** Its name, for people. */
  readonly name: string;
  /**
   * Tells the answer piece by piece. Rejects with an error in plain words, or when the signal says so. `model` is the
   * one that was asked for by name, if the source has several.
   */
  answer(turns: readonly Turn[], told: (delta: string) => void, signal: AbortSignal, model?: string): Promise<void>;
}

/** An error whose words are for the person at this browser. */
export class SourceError extends Error {}
