import { WritableSignal, signal } from '@angular/core';

import { fold } from '../state/fold';
import { LoggedEvent } from '../state/events';
import { SessionState, emptyState } from '../state/session-state';
import { Connection } from '../live/connection';
import { JoinOptions } from '../live/join-options';
import { JoinedSession } from '../live/joined-session';

/** Milliseconds between two looks at what has come: whoever compares does not watch single words. */
const PAUSE = 500;

/** The log of a session beside the one that is open, folded as it comes. */
export class FollowedLog {
  private readonly folded: WritableSignal<SessionState> = signal(emptyState());
  private readonly current = signal<Connection>({ state: 'connecting' });
  private readonly joined: JoinedSession;
  private queue: LoggedEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  readonly state = this.folded.asReadonly();
  readonly connection = this.current.asReadonly();

  constructor(
    readonly sessionId: string,
    serverTime: (at: number) => void,
    options: Omit<JoinOptions, 'sink' | 'report'>,
  ) {
    this.joined = new JoinedSession(sessionId, {
      ...options,
      report: (connection) => this.current.set(connection),
      sink: {
        events: (events) => this.take(events),
        reset: ({ first, kept, runsBefore }) => {
          this.queue = [];
          this.folded.set(emptyState(first, kept, runsBefore));
        },
        serverTime,
      },
    });
  }

  /** Resolves when the whole past is there. */
  async open(): Promise<void> {
    await this.joined.start();
    this.flush();
  }

  close(): void {
    clearTimeout(this.timer);
    this.joined.leave();
  }

  private take(events: readonly LoggedEvent[]): void {
    for (const event of events) this.queue.push(event);
    this.timer ??= setTimeout(() => this.flush(), PAUSE);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const events = this.queue;
    this.queue = [];
    if (events.length > 0) this.folded.update((state) => fold(state, events));
  }
}
