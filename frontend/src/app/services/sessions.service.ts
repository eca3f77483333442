import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';

import { Session, SessionChange } from '../models/models';
import { groupSessions } from '../state/session-groups';
import { Account } from './account.service';
import { AgentRegistry } from './agent-registry';
import { errorMessage, isAway } from '../live/api-error';
import { BROWSER } from './browser';
import { ChangesService } from './changes.service';
import { Clock } from './clock.service';
import { Copies } from './copies.service';
import { RingsideApi, SessionCriteria } from './ringside-api';
import { ServerReach } from './server-reach.service';

const PAGE = 40;

/** The list of sessions: searched on the server, paged as it is scrolled, and asked for again when something has changed. */
@Injectable({ providedIn: 'root' })
export class SessionsService {
  private readonly api = inject(RingsideApi);
  private readonly clock = inject(Clock);
  private readonly account = inject(Account);
  private readonly browser = inject(BROWSER);
  private readonly changes = inject(ChangesService);
  private readonly copies = inject(Copies);
  private readonly agents = inject(AgentRegistry);
  private readonly reach = inject(ServerReach);

  private readonly list = signal<readonly Session[]>([]);
  private readonly cursor = signal<string | null>(null);
  private readonly status = signal<'loading' | 'ready' | 'failed'>('loading');
  private readonly why = signal('');
  private readonly criteria = signal<SessionCriteria>({ query: '', archived: false, tag: null, priority: null });
  private readonly asking = signal(false);
  private readonly moment = signal<number | null>(null);
  /** Numbers of the newest request for another list, and for the same list's news: an older answer is too late. */
  private asked = 0;
  private refreshed = 0;
  private loadingMore = false;
  /** When the server has sent the list last, in milliseconds since 1970; null: not since the page was opened. */
  private heardAt: number | null = null;

  readonly sessions = this.list.asReadonly();
  readonly state = this.status.asReadonly();
  readonly error = this.why.asReadonly();
  /** As of when the list is, in milliseconds since 1970; null: as of now. */
  readonly asOf = this.moment.asReadonly();
  readonly query = computed(() => this.criteria().query);
  readonly archived = computed(() => this.criteria().archived);
  readonly tag = computed(() => this.criteria().tag);
  readonly priority = computed(() => this.criteria().priority);
  /** Whether another list than the one that is shown is on its way. */
  readonly searching = this.asking.asReadonly();
  /** Whether only some of all sessions are wanted. */
  readonly narrowed = computed(() => this.query() !== '' || this.tag() !== null || this.priority() !== null);
  readonly hasMore = computed(() => this.cursor() !== null);
  readonly groups = computed(() => groupSessions(this.list(), this.clock.now()));
  /** Nothing was ever asked here: the moment for a sample. */
  readonly none = computed(
    () => this.status() === 'ready' && this.list().length === 0 && !this.narrowed() && !this.archived(),
  );

  constructor() {
    effect(() => {
      if (this.changes.sessionsMoved() > 0) untracked(() => void this.refresh());
    });
    // What could not be loaded is there again as soon as the server is.
    effect(() => {
      if (!this.reach.away() && untracked(this.status) === 'failed') untracked(() => void this.refresh());
    });
  }

  search(query: string): Promise<void> {
    return this.filter({ query: query.trim() });
  }

  filter(criteria: Partial<SessionCriteria>): Promise<void> {
    this.criteria.update((before) => ({ ...before, ...criteria }));
    return this.reload();
  }

  showArchived(archived: boolean): Promise<void> {
    this.criteria.update((before) => ({ ...before, archived }));
    this.list.set([]);
    return this.reload();
  }

  async reload(): Promise<void> {
    const asked = ++this.asked;
    // Until it is there, nothing more can be paged in: that would continue the list before it.
    this.cursor.set(null);
    this.asking.set(true);
    try {
      const page = await this.api.sessions(this.criteria(), null, PAGE);
      if (asked !== this.asked) return;
      this.asking.set(false);
      this.list.set(page.sessions);
      this.cursor.set(page.next_cursor);
      this.status.set('ready');
      this.keep(page.sessions);
    } catch (error: unknown) {
      this.fail(error, asked);
    }
  }

  /** The newest page again; what was paged in below it stays. */
  async refresh(): Promise<void> {
    if (this.account.turnedAway()) return;
    if (this.status() !== 'ready') return this.reload();
    const { asked } = this;
    const refreshed = ++this.refreshed;
    try {
      const page = await this.api.sessions(this.criteria(), null, PAGE);
      if (asked !== this.asked || refreshed !== this.refreshed) return;
      const beyond = page.next_cursor === null ? [] : this.list().filter(olderThan(page.sessions));
      this.list.set([...page.sessions, ...beyond]);
      if (beyond.length === 0) this.cursor.set(page.next_cursor);
      this.keep(page.sessions);
    } catch (error: unknown) {
      this.fail(error, asked);
    }
  }

  async more(): Promise<void> {
    const cursor = this.cursor();
    if (cursor === null || this.loadingMore) return;
    this.loadingMore = true;
    const asked = this.asked;
    try {
      const page = await this.api.sessions(this.criteria(), cursor, PAGE);
      if (asked !== this.asked) return;
      const known = new Set(this.list().map((session) => session.id));
      this.list.update((list) => [...list, ...page.sessions.filter((session) => !known.has(session.id))]);
      this.cursor.set(page.next_cursor);
    } catch (error: unknown) {
      this.fail(error, asked);
    } finally {
      this.loadingMore = false;
    }
  }

  /** Asking again with the same `key` makes no second one. */
  async create(key: string): Promise<Session> {
    const agent = this.agents.picked();
    const session = await this.api.createSession(agent === null ? {} : { agent_id: agent.id }, key);
    this.add(session);
    return session;
  }

  /** Makes the sample session and asks its question; the answer is under way when this resolves. */
  async createSample(): Promise<Session> {
    const { session, question } = await this.api.createSample();
    await this.api.send(session.id, question, this.browser.newKey());
    this.add(session);
    return session;
  }

  rename(id: string, title: string): Promise<Session> {
    return this.change(id, { title });
  }

  /** Who answers in it from the next question on. */
  choose(id: string, agent_id: string): Promise<Session> {
    return this.change(id, { agent_id });
  }

  /** Whether the owner's team may watch it. */
  share(id: string, shared: boolean): Promise<Session> {
    return this.change(id, { shared });
  }

  /** Gives it other tags, or another priority. */
  describe(id: string, change: Pick<SessionChange, 'tags' | 'priority' | 'kept'>): Promise<Session> {
    return this.change(id, change);
  }

  async archive(id: string, archived: boolean): Promise<void> {
    await this.api.changeSession(id, { archived });
    this.drop(id);
  }

  async remove(id: string): Promise<void> {
    await this.api.deleteSession(id);
    this.copies.drop(id);
    this.drop(id);
  }

  private async change(id: string, change: SessionChange): Promise<Session> {
    const session = await this.api.changeSession(id, change);
    this.list.update((list) =>
      list.map((other) => (other.id === id ? { ...session, snippets: other.snippets } : other)),
    );
    // What is on its way may have been read before: it would bring back what was.
    void this.refresh();
    return session;
  }

  private fail(error: unknown, asked: number): void {
    if (asked !== this.asked) return;
    this.asking.set(false);
    this.why.set(errorMessage(error));
    this.status.set('failed');
    this.changes.forgetSessions();
    if (isAway(error)) void this.recall(asked);
  }

  private keep(newest: readonly Session[]): void {
    this.moment.set(null);
    this.heardAt = Date.now();
    if (!this.narrowed() && !this.archived()) this.copies.keepList(newest);
  }

  /** What is shown is as old as it is; where nothing is, what this device has of it is shown. */
  private async recall(asked: number): Promise<void> {
    const some = this.narrowed() || this.archived();
    if (some || this.heardAt !== null) {
      this.moment.set(some ? null : this.heardAt);
      return;
    }
    const kept = await this.copies.list();
    if (kept === null || asked !== this.asked || this.status() !== 'failed') return;
    this.list.set(kept.sessions);
    this.moment.set(kept.at);
  }

  /** A refresh may have brought it already. */
  private add(session: Session): void {
    this.list.update((list) => [session, ...list.filter(({ id }) => id !== session.id)]);
  }

  private drop(id: string): void {
    this.list.update((list) => list.filter((session) => session.id !== id));
  }
}

/** Whether a session belongs below the newest page: the list has the sessions that moved last at its top. */
function olderThan(page: readonly Session[]): (session: Session) => boolean {
  const ids = new Set(page.map(({ id }) => id));
  const end = Date.parse(page.at(-1)?.updated_at ?? '');
  return ({ id, updated_at }) => !ids.has(id) && Date.parse(updated_at) <= end;
}
