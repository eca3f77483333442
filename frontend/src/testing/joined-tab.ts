import { HttpErrorResponse } from '@angular/common/http';
import { firstValueFrom, throwError } from 'rxjs';

import { ActivityPage } from '../app/models/models';
import { Connection } from '../app/live/connection';
import { JoinedSession } from '../app/live/joined-session';
import { LoggedEvent } from '../app/state/events';
import { Beginning } from '../app/state/session-state';
import { step } from './events';
import { FakeBrowser } from './fake-browser';

/** A server's log, and what it answers. */
export class FakeLog {
  readonly events: LoggedEvent[] = [];
  first = 1;
  /** Where the newest of it begins; null: it is read from its first event on. */
  start: number | null = null;
  failure: HttpErrorResponse | null = null;
  readonly asked: number[] = [];
  /** Answers are on their way for so long. */
  way: Promise<void> = Promise.resolve();

  grow(count: number): LoggedEvent[] {
    const from = this.events.length + 1;
    const more = Array.from({ length: count }, (_, at) => step(from + at, from + at, { activity_id: `a${from + at}` }));
    this.events.push(...more);
    return more;
  }

  readonly page = async (after: number, limit: number): Promise<ActivityPage> => {
    this.asked.push(after);
    if (this.failure) return firstValueFrom(throwError(() => this.failure));
    const kept = this.events.filter(({ seq }) => seq >= this.first && seq > after);
    const page = { events: kept.slice(0, limit), first: this.first, head: this.events.length };
    await this.way;
    return page;
  };

  readonly newest = async (): Promise<ActivityPage> => {
    const start = this.start ?? this.first;
    return { ...(await this.page(start - 1, 5000)), start, runs_before: 3 };
  };
}

export class Tab {
  readonly seen: number[] = [];
  readonly connections: Connection[] = [];
  readonly resets: number[] = [];
  readonly times: number[] = [];
  begun: [Beginning, number] | null = null;
  readonly joined: JoinedSession;

  constructor(
    log: FakeLog,
    readonly browser: FakeBrowser,
    known = 0,
  ) {
    this.joined = new JoinedSession('s', {
      sink: {
        events: (events) => this.seen.push(...events.map(({ seq }) => seq)),
        reset: (beginning, head) => {
          this.begun = [beginning, head];
          this.resets.push(beginning.first);
          this.seen.length = 0;
        },
        serverTime: (at) => this.times.push(at),
      },
      browser,
      after: known,
      heartbeatSeconds: () => 10,
      page: log.page,
      ...(log.start === null ? {} : { newest: log.newest }),
      streamUrl: (cursor) => `/sse/agent-activity/s?last_event_id=${cursor}`,
      report: (connection) => this.connections.push(connection),
    });
  }

  get state(): string | undefined {
    return this.connections.at(-1)?.state;
  }
}

export const upTo = (count: number, from = 1): number[] =>
  Array.from({ length: count - from + 1 }, (_, at) => from + at);
/** What the leading tab gathers for the others has reached them by then. */
export const handedOn = (): Promise<unknown> => vi.advanceTimersByTimeAsync(50);
export const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
