import { Injectable, inject } from '@angular/core';

import { Me, Session } from '../models/models';
import { isAway, isNotFound } from '../live/api-error';
import { DeviceCopy, dropCopies } from '../live/device-copy';
import { KeptLog, LogKeeper, bytesOf, extentOf, keptEvents } from '../live/log-keeper';
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
  /** The id of the session that was opened last. */
  private opened = '';
  /** The id of the session that is watched by a spectator link; '' for none. */
  private watched = '';

  /** The server has told who is signed in: what is kept of anybody else is dropped. Whether there was anything. */
  async belongTo(me: Me): Promise<boolean> {
    const { caches } = this.browser;
    if (!caches) return false;
    const known = this.copy?.userId === me.user.id;
    if (!known) this.copy?.close();
    const copy = this.copy && known ? this.copy : new DeviceCopy(caches, me.user.id);
    this.copy = copy;
    void copy.put('me', me);
    if (known) return false;
    const others = await dropCopies(caches, me.user.id);
    await this.bound(copy);
    return others;
  }

  /** The user with this id, whose sign-in this browser has, while the server cannot tell. Their copy can be read then. */
  async lastUser(userId: string): Promise<Me | null> {
    const { caches } = this.browser;
    if (!caches || userId === '') return null;
    const copy = new DeviceCopy(caches, userId);
    const me = await copy.get<Me>('me');
    if (me) this.copy = copy;
    return me;
  }

  /** Nobody is signed in here any more. */
  async forget(): Promise<void> {
    this.copy?.close();
    this.copy = null;
    this.listed = null;
    const { caches } = this.browser;
    if (caches) await dropCopies(caches);
  }

  /** Which session is watched by a spectator link: nothing is kept of it. '' for none. */
  watch(sessionId: string): void {
    this.watched = sessionId;
  }

  /** What the server answers, which is kept; while it is away, what it has answered before. Rejects with its error. */
  async answer<T>(name: string, ask: () => Promise<T>, sessionId = ''): Promise<T> {
    const copy = this.copyOf(sessionId);
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

  /** Whether a session that is opened is kept here. */
  keeps(sessionId: string): boolean {
    return this.copyOf(sessionId) !== null;
  }

  /** The server has just sent it, because it is opened. */
  keepRecord(record: Session): void {
    const copy = this.copyOf(record.id);
    this.opened = record.id;
    copy?.admit(record.id);
    void copy?.put('record', record, record.id);
  }

  /** Keeps a session's log from now on; null: nothing is kept here. */
  keeper(sessionId: string): LogKeeper | null {
    const copy = this.copyOf(sessionId);
    if (!copy) return null;
    let bounded = -STEP;
    return new LogKeeper(copy, sessionId, {
      locks: this.browser.locks,
      written: (bytes) => {
        if (bytes < bounded + STEP) return;
        bounded = bytes;
        void this.bound(copy);
      },
      makeRoom: async () => this.bound(copy, Math.ceil((await copy.sessionIds()).length / 2)),
    });
  }

  /** null where it was not opened on this device, or too long ago. */
  async session(sessionId: string): Promise<KeptSession | null> {
    const copy = this.copyOf(sessionId);
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
    void this.copyOf(sessionId)?.drop(sessionId);
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

  private copyOf(sessionId: string): DeviceCopy | null {
    return sessionId !== '' && sessionId === this.watched ? null : this.copy;
  }

  /** Of the newest sessions so many stay, as far as there is room for them. */
  private async bound(copy: DeviceCopy, most = MOST_SESSIONS): Promise<void> {
    const kept: { readonly sessionId: string; readonly at: number; readonly bytes: number }[] = [];
    for (const sessionId of await copy.sessionIds()) {
      const extent = await extentOf(copy, sessionId);
      // The one that is open is the newest, whenever it was written; and one that has just been opened has none yet.
      const at = extent && sessionId !== this.opened ? extent.at : Date.now();
      kept.push({ sessionId, at, bytes: extent ? bytesOf(extent) : 0 });
    }
    kept.sort((one, other) => other.at - one.at);
    let [sessions, bytes] = [0, 0];
    for (const one of kept) {
      const fits = sessions < most && bytes + one.bytes <= MOST_BYTES && one.at >= Date.now() - LONGEST;
      if (fits) {
        sessions++;
        bytes += one.bytes;
      } else await copy.drop(one.sessionId);
    }
  }
}
