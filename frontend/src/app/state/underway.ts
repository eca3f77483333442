/** A question that was sent and has not been taken. */
export interface Underway {
  readonly question: string;
  readonly sessionId: string;
  /** The run whose question it takes the place of. */
  readonly retryOf: string | null;
  /** By which the server knows it again, should it get it twice. */
  readonly key: string;
}
