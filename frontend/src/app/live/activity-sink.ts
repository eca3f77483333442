import { LoggedEvent } from '../state/events';

/** What a session's log is handed to: every event once, in order, without a hole. */
export interface ActivitySink {
  events(events: readonly LoggedEvent[]): void;
  /** Forget everything: the log now begins at `first`. */
  reset(first: number): void;
  /** The server's clock, in milliseconds since 1970. */
  serverTime(at: number): void;
}
