import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';

import { errorMessage } from '../live/api-error';
import { Finding } from '../models/models';
import { Account } from './account.service';
import { ChangesService } from './changes.service';
import { FindingsApi } from './findings-api';

/** What makes runs look stuck, over all sessions one may see. Asked for whenever a session may have moved. */
@Injectable({ providedIn: 'root' })
export class Findings {
  private readonly account = inject(Account);
  private readonly api = inject(FindingsApi);
  private readonly changes = inject(ChangesService);

  private readonly list = signal<readonly Finding[] | null>(null);
  private readonly words = signal('');
  private asked = 0;

  /** null until they have been loaded. */
  readonly findings = this.list.asReadonly();
  /** Why they could not be loaded; '' when they were. */
  readonly error = this.words.asReadonly();
  /** How many of them whoever looks can do something about. */
  readonly count = computed(() => (this.list() ?? []).filter(({ may_dismiss }) => may_dismiss).length);

  constructor() {
    effect(() => {
      this.changes.sessionsMoved();
      const signedIn = this.account.authState() === 'signed-in';
      untracked(() => (signedIn ? void this.load() : this.list.set(null)));
    });
  }

  async load(): Promise<void> {
    const asked = ++this.asked;
    try {
      const found = await this.api.open();
      if (asked !== this.asked) return;
      this.list.set(found);
      this.words.set('');
    } catch (error: unknown) {
      if (asked === this.asked) this.words.set(errorMessage(error));
    }
  }

  /** What is found in a run; null: nothing. */
  of(sessionId: string, runId: string): Finding | null {
    return this.list()?.find((one) => one.session_id === sessionId && (one.run_id ?? '') === runId) ?? null;
  }

  /** It is fine, for the whole run. Rejects with the API's error. */
  async dismiss(id: string): Promise<void> {
    await this.api.dismiss(id);
    this.asked++; // what was asked for before has it still
    this.list.update((list) => list?.filter((one) => one.id !== id) ?? null);
  }
}
