import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';

import { errorMessage } from '../live/api-error';
import { Approval, ApprovalChoice, NewDecision } from '../models/models';
import { chosenWords } from '../state/approval-words';
import { Account } from './account.service';
import { ApprovalsApi } from './approvals-api';
import { BROWSER } from './browser';
import { ChangesService } from './changes.service';
import { Findings } from './findings.service';
import { PageTitle } from './page-title.service';

/** So many are asked for at once, and so many at most, as the server allows. */
const PAGE = 50;
const LONGEST = 200;

/** What needs a person, over all sessions one may see, the oldest first. Asked for whenever a session may have moved. */
@Injectable({ providedIn: 'root' })
export class Inbox {
  private readonly account = inject(Account);
  private readonly api = inject(ApprovalsApi);
  private readonly browser = inject(BROWSER);
  private readonly changes = inject(ChangesService);
  private readonly findings = inject(Findings);
  private readonly title = inject(PageTitle);

  private readonly list = signal<readonly Approval[] | null>(null);
  private readonly next = signal<string | null>(null);
  private readonly words = signal('');
  private readonly ended = signal<ReadonlySet<string>>(new Set());
  private readonly chosen = signal('');
  private asked = 0;
  private loadingMore = false;

  /** The ids of those that are over, as is known here: a list that was on its way does not bring them back. */
  readonly over = this.ended.asReadonly();
  /** null until they have been loaded. */
  readonly approvals = computed(() => this.list()?.filter(({ id }) => !this.ended().has(id)) ?? null);
  /** What was decided here last, to be said aloud; '' before. */
  readonly said = this.chosen.asReadonly();
  readonly hasMore = computed(() => this.next() !== null);
  /** Why they could not be loaded; '' when they were. */
  readonly error = this.words.asReadonly();
  /** How many of them wait for whoever looks, and how many runs that look stuck. */
  readonly count = computed(() => this.toDecide() + this.findings.count());
  private readonly toDecide = computed(
    () =>
      (this.approvals() ?? []).filter(({ may_decide, snoozed_until }) => may_decide && snoozed_until === null).length,
  );

  constructor() {
    effect(() => {
      this.title.setWaiting(this.count());
      this.browser.badge(this.count());
    });
    effect(() => {
      this.changes.sessionsMoved();
      const signedIn = this.account.authState() === 'signed-in';
      untracked(() => (signedIn ? void this.load() : this.forget()));
    });
  }

  /** What is shown, as it is now. What was paged in beyond the longest page stays. */
  async load(): Promise<void> {
    const asked = ++this.asked;
    const limit = Math.min(LONGEST, Math.max(PAGE, this.list()?.length ?? 0));
    try {
      const page = await this.api.open({ limit });
      if (asked !== this.asked) return;
      const beyond = page.next_cursor === null ? [] : (this.list() ?? []).filter(youngerThan(page.approvals));
      this.list.set([...page.approvals, ...beyond]);
      if (beyond.length === 0) this.next.set(page.next_cursor);
      this.words.set('');
    } catch (error: unknown) {
      if (asked === this.asked) this.words.set(errorMessage(error));
    }
  }

  async more(): Promise<void> {
    const cursor = this.next();
    if (cursor === null || this.loadingMore) return;
    this.loadingMore = true;
    try {
      const page = await this.api.open({ cursor });
      const known = new Set(this.list()?.map(({ id }) => id));
      this.list.update((list) => list && [...list, ...page.approvals.filter(({ id }) => !known.has(id))]);
      this.next.set(page.next_cursor);
      this.words.set('');
    } catch (error: unknown) {
      this.words.set(errorMessage(error));
    } finally {
      this.loadingMore = false;
    }
  }

  /** The first decision counts. Rejects with the API's error. */
  async decide(approval: Approval, choice: ApprovalChoice, decision: NewDecision): Promise<void> {
    await this.api.decide(approval.id, decision);
    this.remove(approval.id);
    this.chosen.set(chosenWords(approval, choice, this.count()));
  }

  /** Somebody has decided it, or it has ended. */
  remove(id: string): void {
    this.ended.update((ended) => new Set([...ended, id]));
  }

  /** Whoever looks wants to be asked then; null: now. */
  snoozed(id: string, until: Date | null): void {
    const snoozed_until = until?.toISOString() ?? null;
    this.list.update((list) => list?.map((one) => (one.id === id ? { ...one, snoozed_until } : one)) ?? null);
  }

  private forget(): void {
    this.list.set(null);
    this.chosen.set('');
  }
}

/** Whether an approval belongs below a page: the list has the oldest at its top. */
function youngerThan(page: readonly Approval[]): (approval: Approval) => boolean {
  const ids = new Set(page.map(({ id }) => id));
  const end = Date.parse(page.at(-1)?.created_at ?? '');
  return ({ id, created_at }) => !ids.has(id) && Date.parse(created_at) >= end;
}
