import { ActivityPage } from '../models/models';
import { LoggedEvent } from '../state/events';
import { Beginning } from '../state/session-state';
import { Browser } from './browser';
import { Connection } from './connection';

/** What a session's log is handed to: every event once, in order, without a hole. */
export interface ActivitySink {
  events(events: readonly LoggedEvent[]): void;
  /** Forget everything: the log now begins here. Its runs are whole, as far as its events up to `head` tell. */
  reset(beginning: Beginning, head: number): void;
  /** The server's clock, in milliseconds since 1970. */
  serverTime(at: number): void;
}

export interface JoinOptions {
  readonly sink: ActivitySink;
  readonly browser: Browser;
  heartbeatSeconds(): number;
  page(after: number, limit: number): Promise<ActivityPage>;
  /** The number of the last event that the sink has already; none without it. */
  readonly after?: number;
  /** The page to begin with, where the sink has nothing and that is not the first one of the log. */
  newest?(): Promise<ActivityPage>;
  streamUrl(cursor: number): string;
  report(connection: Connection): void;
}
