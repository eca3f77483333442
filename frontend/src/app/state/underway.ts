/** A question that was sent and has not been taken. */
export interface Underway {
  readonly question: string;
  readonly sessionId: string;
  /** By which the server knows it again, should it get it twice. */
  readonly key: string;
}
