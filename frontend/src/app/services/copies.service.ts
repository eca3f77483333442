import { Injectable, inject } from '@angular/core';

import { Me, Session } from '../models/models';
import { isAway, isNotFound } from '../live/api-error';
import { DeviceCopy, copiedUser, dropCopies } from '../live/device-copy';
import { Extent, KeptLog, LogKeeper, extentOf, keptEvents } from '../live/log-keeper';
import { BROWSER } from './browser';
import { RingsideApi } from './ringside-api';

/** So many sessions are kept at most, those that were opened last. */
const MOST_SESSIONS = 20;
/** And so much of them, in bytes of their logs. */
const MOST_BYTES = 50 * 1024 * 1024;
/** And so long, in milliseconds: what is erased from a log on the server does not stay here for ever. */
const LONGEST = 14 * 24 * 3600 * 1000;
/** The bounds are seen to again whenever the log of a session has grown by so much, in bytes. */
const STEP = 4 * 1024 * 1024;

/** A session as this device has it. */
export interface KeptSession extends KeptLog {
  readonly record: Session;
}

/** A list of sessions as this device has it. */
export interface KeptList {
  readonly at: number;
  readonly sessions: readonly Session[];
}

/**
 * What this device keeps of the answers of the API, for when the server is away: of one user at a time, while they are
 * signed in here, and only of sessions that the server lets them see, as far as it has been asked.
 */
@Injectable({ providedIn: 'root' })
export class Copies {
  private readonly api = inject(RingsideApi);
  private readonly browser = inject(BROWSER);
  private copy: DeviceCopy | null = null;
  /** The ids of the sessions that were listed last; null: none yet. */
  private listed: ReadonlySet<string> | null = null;

  /** The server has told who is signed in: what is kept of anybody else is dropped. */
  belongTo(me: Me): void {
    const { caches } = this.browser;
    if (!caches) return;
    if (this.copy?.userId !== me.user.id) {
      this.copy?.close();
      this.copy = new DeviceCopy(caches, me.user.id);
      void dropCopies(caches, me.user.id).then(() => this.copy && this.bound(this.copy));
    }
    void this.copy.put('me', me);
  }

  /** Who was signed in here, while the server cannot tell. From then on, their copy can be read. */
  async lastUser(): Promise<Me | null> {
    const { caches } = this.browser;
    const userId = caches && (await copiedUser(caches).catch(() => null));
    if (!userId) return null;
    this.copy = new DeviceCopy(caches, userId);
    return this.copy.get<Me>('me');
  }

  /** Nobody is signed in here any more. */
  async forget(): Promise<void> {
    this.copy?.close();
    this.copy = null;
    this.listed = null;
    const { caches } = this.browser;
    if (caches) await dropCopies(caches).catch(() => undefined); // a browser that forbids it has kept nothing
  }

  /** What the server answers, which is kept; while it is away, what it has answered before. Rejects with its error. */
  async answer<T>(name: string, ask: () => Promise<T>, sessionId = ''): Promise<T> {
    const { copy } = this;
    try {
      const answer = await ask();
      void copy?.put(name, answer, sessionId);
      return answer;
    } catch (error: unknown) {
      const kept = isAway(error) ? await copy?.get<T>(name, sessionId) : null;
      if (kept) return kept;
      throw error;
    }
  }

  /** Whether anything is kept here. */
  keeps(): boolean {
    return this.copy !== null;
  }

  keepRecord(record: Session): void {
    void this.copy?.put('record', record, record.id);
  }

  /** Keeps a session's log from now on; null: nothing is kept here. */
  keeper(sessionId: string): LogKeeper | null {
    const { copy } = this;
    if (!copy) return null;
    let bounded = -STEP;
    return new LogKeeper(copy, sessionId, (bytes) => {
      if (bytes < bounded + STEP) return;
      bounded = bytes;
      void this.bound(copy);
    });
  }

  /** null where it was not opened on this device, or too long ago. */
  async session(sessionId: string): Promise<KeptSession | null> {
    const { copy } = this;
    const record = await copy?.get<Session>('record', sessionId);
    const extent = copy && record && (await extentOf(copy, sessionId));
    const events = extent && (await keptEvents(copy, sessionId, extent));
    return extent && events ? { record, at: extent.at, beginning: extent.beginning, events } : null;
  }

  /** The list of all sessions, as the server has it now. What was listed and is not any more, may be gone. */
  keepList(sessions: readonly Session[]): void {
    const { copy, listed } = this;
    if (!copy) return;
    void copy.put('list', { at: Date.now(), sessions } satisfies KeptList);
    this.listed = new Set(sessions.map(({ id }) => id));
    void this.lookAfter(copy, this.listed, listed);
  }

  async list(): Promise<KeptList | null> {
    return (await this.copy?.get<KeptList>('list')) ?? null;
  }

  /** Whoever is signed in may not see this session, or it is deleted. */
  drop(sessionId: string): void {
    void this.copy?.drop(sessionId);
  }

  /** Asks for each session that is kept and is not listed (any more) whether it may still be seen. */
  private async lookAfter(
    copy: DeviceCopy,
    now: ReadonlySet<string>,
    before: ReadonlySet<string> | null,
  ): Promise<void> {
    for (const sessionId of await copy.sessionIds()) {
      if (now.has(sessionId) || (before !== null && !before.has(sessionId))) continue;
      try {
        await this.api.session(sessionId);
      } catch (error: unknown) {
        if (isNotFound(error)) await copy.drop(sessionId);
      }
    }
  }

  private async bound(copy: DeviceCopy): Promise<void> {
    const kept: (Pick<Extent, 'at' | 'bytes'> & { readonly sessionId: string })[] = [];
    for (const sessionId of await copy.sessionIds()) {
      const extent = await extentOf(copy, sessionId);
      // One that has just been opened has none yet.
      kept.push({ bytes: extent?.bytes ?? 0, at: extent?.at ?? Date.now(), sessionId });
    }
    kept.sort((one, other) => other.at - one.at);
    let bytes = 0;
    for (const [place, one] of kept.entries()) {
      bytes += one.bytes;
      const tooOld = one.at < Date.now() - LONGEST;
      if (place >= MOST_SESSIONS || bytes > MOST_BYTES || tooOld) await copy.drop(one.sessionId);
    }
  }
}
