import { Injectable, Signal, inject, signal } from '@angular/core';

import { ActivityPage } from '../models/models';
import { BROWSER } from './browser';
import { Connection, hasNoMore, sameConnection } from '../live/connection';
import { ActivitySink } from '../live/join-options';
import { JoinedSession } from '../live/joined-session';
import { KeptLog, LogKeeper } from '../live/log-keeper';
import { Copies } from './copies.service';
import { RingsideApi } from './ringside-api';
import { ServerInfo } from './server-info.service';
import { ServerReach } from './server-reach.service';

/** So many events are loaded at first, and as many more as it takes for no run to be cut. */
const NEWEST = 2000;
const PAGE = 5000;

/** The live log of the session that is open, and how this tab stands to it. */
@Injectable({ providedIn: 'root' })
export class AgentActivitySseService {
  private readonly api = inject(RingsideApi);
  private readonly browser = inject(BROWSER);
  private readonly copies = inject(Copies);
  private readonly info = inject(ServerInfo);
  private readonly reach = inject(ServerReach);

  private readonly current = signal<Connection>({ state: 'connecting' }, { equal: sameConnection });
  readonly connection: Signal<Connection> = this.current.asReadonly();

  private joined: JoinedSession | null = null;
  private keeper: LogKeeper | null = null;

  /**
   * Asks for the newest runs of a session that will be opened if it is there. What comes of it is given to `open`; null:
   * it has to be asked for again.
   */
  ahead(sessionId: string): Promise<ActivityPage | null> {
    return this.api.newestActivity(sessionId, NEWEST, PAGE).catch(() => null);
  }

  /**
   * Opens a session's log from its newest runs on, or from behind what `sink` has already; resolves when everything up to
   * now has been handed to it.
   */
  async open(
    sessionId: string,
    ahead: Promise<ActivityPage | null>,
    sink: ActivitySink,
    known: KeptLog | null = null,
  ): Promise<void> {
    this.close();
    const keeper = this.copies.keeper(sessionId);
    if (known) keeper?.resume(known);
    this.keeper = keeper;
    const joined = new JoinedSession(sessionId, {
      sink: keeper ? kept(sink, keeper) : sink,
      after: known?.events.at(-1)?.seq ?? 0,
      browser: this.browser,
      heartbeatSeconds: () => this.info.heartbeatSeconds(),
      newest: async () => (await ahead) ?? this.api.newestActivity(sessionId, NEWEST, PAGE),
      page: (after, limit) => this.api.activity(sessionId, after, limit),
      streamUrl: (cursor) => this.api.streamUrl(sessionId, cursor),
      report: (connection) => {
        if (this.joined !== joined) return;
        this.current.set(connection);
        if (connection.state === 'live') this.reach.heard();
        if (hasNoMore(connection)) this.drop(sessionId);
      },
    });
    this.joined = joined;
    await joined.start();
  }

  close(): void {
    this.joined?.leave();
    this.joined = null;
    this.keeper?.close();
    this.keeper = null;
    this.current.set({ state: 'connecting' });
  }

  /** The server says that nothing of it is to be seen any more. */
  private drop(sessionId: string): void {
    this.keeper?.close(false);
    this.copies.drop(sessionId);
  }
}

/** What a sink gets, this device keeps. */
function kept(sink: ActivitySink, keeper: LogKeeper): ActivitySink {
  return {
    events: (events) => {
      keeper.take(events);
      sink.events(events);
    },
    reset: (beginning, head) => {
      keeper.reset(beginning, head);
      sink.reset(beginning, head);
    },
    serverTime: (at) => {
      keeper.heard();
      sink.serverTime(at);
    },
  };
}
