import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';

import { errorMessage } from '../live/api-error';
import { Approval } from '../models/models';
import { Account } from './account.service';
import { ApprovalsApi } from './approvals-api';
import { BROWSER } from './browser';
import { ChangesService } from './changes.service';
import { Findings } from './findings.service';
import { PageTitle } from './page-title.service';

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
  private asked = 0;

  /** null until they have been loaded. */
  readonly approvals = this.list.asReadonly();
  readonly hasMore = computed(() => this.next() !== null);
  /** Why they could not be loaded; '' when they were. */
  readonly error = this.words.asReadonly();
  /** How many of them wait for whoever looks, and how many runs that look stuck. */
  readonly count = computed(() => this.toDecide() + this.findings.count());
  private readonly toDecide = computed(
    () => (this.list() ?? []).filter(({ may_decide, snoozed_until }) => may_decide && snoozed_until === null).length,
  );

  constructor() {
    effect(() => {
      this.title.setWaiting(this.count());
      this.browser.badge(this.count());
    });
    effect(() => {
      this.changes.sessionsMoved();
      const signedIn = this.account.authState() === 'signed-in';
      untracked(() => (signedIn ? void this.load() : this.list.set(null)));
    });
  }

  async load(): Promise<void> {
    await this.take(undefined);
  }

  async more(): Promise<void> {
    await this.take(this.next() ?? undefined);
  }

  /** Somebody has decided it. */
  remove(id: string): void {
    this.list.update((list) => list?.filter((one) => one.id !== id) ?? null);
  }

  /** Whoever looks wants to be asked then; null: now. */
  snoozed(id: string, until: Date | null): void {
    const snoozed_until = until?.toISOString() ?? null;
    this.list.update((list) => list?.map((one) => (one.id === id ? { ...one, snoozed_until } : one)) ?? null);
  }

  private async take(cursor: string | undefined): Promise<void> {
    const asked = ++this.asked;
    try {
      const page = await this.api.open(cursor === undefined ? {} : { cursor });
      if (asked !== this.asked) return;
      this.list.update((before) => [...(cursor === undefined ? [] : (before ?? [])), ...page.approvals]);
      this.next.set(page.next_cursor);
      this.words.set('');
    } catch (error: unknown) {
      if (asked === this.asked) this.words.set(errorMessage(error));
    }
  }
}
