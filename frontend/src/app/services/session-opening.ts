import { Injectable, inject, signal } from '@angular/core';
import { firstValueFrom, timer } from 'rxjs';

import { Session } from '../models/models';
import { Opening } from '../state/opening';
import { Account } from './account.service';
import { errorMessage, isAway, isNotFound, isPassing, isUnknown } from '../live/api-error';
import { BROWSER } from './browser';
import { retryDelay } from '../live/connection';
import { KeptLog } from '../live/log-keeper';
import { Copies } from './copies.service';
import { RingsideApi } from './ringside-api';

/** What there is of a session when it is opened. */
export interface OpenedSession {
  readonly record: Session;
  /** What this device had of its log, while the server was away; null: the server has sent the record. */
  readonly log: KeptLog | null;
}

/** Finds the session that is to be opened: at the server or, while that is away, on this device. */
@Injectable({ providedIn: 'root' })
export class SessionOpening {
  private readonly account = inject(Account);
  private readonly api = inject(RingsideApi);
  private readonly browser = inject(BROWSER);
  private readonly copies = inject(Copies);
  private readonly moment = signal<number | null>(null);

  /**
   * As of when the open session is, in milliseconds since 1970, where it came from this device; null: from the server,
   * or that has been heard since.
   */
  readonly asOf = this.moment.asReadonly();

  /**
   * The session; null if it does not exist, cannot be had, or is no longer wanted. Where the server or its database is
   * away, and nothing of it is kept here, it is asked for again until it comes. `guest`: it is watched by a spectator link.
   */
  async find(
    sessionId: string,
    guest: boolean,
    wanted: () => boolean,
    tell: (opening: Opening) => void,
  ): Promise<OpenedSession | null> {
    this.copies.watch(guest ? sessionId : '');
    for (let attempt = 1; wanted(); attempt++) {
      try {
        const record = await this.api.session(sessionId);
        if (!wanted()) return null;
        this.copies.keepRecord(record);
        return { record, log: null };
      } catch (error: unknown) {
        if (!wanted()) return null;
        if (isNotFound(error)) this.copies.drop(sessionId);
        // Whoever is signed out is led away; only a guest has nowhere else to go.
        if (isUnknown(error) && this.account.authState() !== 'spectator') return null;
        const kept = isAway(error) ? await this.copies.session(sessionId) : null;
        if (!wanted()) return null;
        if (kept) {
          this.moment.set(kept.at);
          return { record: kept.record, log: kept };
        }
        const again = isPassing(error);
        if (isNotFound(error) || isUnknown(error)) tell({ state: 'missing' });
        else if (isAway(error) && this.copies.keeps(sessionId)) tell({ state: 'unkept' });
        else tell({ state: 'failed', reason: errorMessage(error), again });
        if (!again) return null;
      }
      await firstValueFrom(timer(retryDelay(attempt, this.browser.random())));
    }
    return null;
  }

  /** The server has been heard, or another session is to be opened. */
  forget(): void {
    this.moment.set(null);
  }
}
