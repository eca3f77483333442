import { Signal, computed, inject, linkedSignal, signal } from '@angular/core';

import { errorMessage } from '../../live/api-error';
import { Chronicle } from '../../models/models';
import { ChroniclesApi } from '../../services/chronicles-api';
import { ServerInfo } from '../../services/server-info.service';
import { Sentence } from '../../state/chronicle/note';
import { withRules } from '../../state/chronicle/written';
import { Run, SessionState } from '../../state/session-state';

/** What a model says of a run, if it was asked; until then, and where it failed, what the rules say. */
export class ModelChronicle {
  private readonly api = inject(ChroniclesApi);
  private readonly info = inject(ServerInfo);
  private readonly written = signal<ReadonlyMap<string, Chronicle>>(new Map());
  readonly busy = signal(false);
  /** Why there is nothing of it; '' while that is not so. */
  readonly trouble = linkedSignal<string, string>({ source: () => this.run().id, computation: () => '' });
  /** Whether what it has written is shown. */
  readonly shown = signal(false);
  /** Whether there is a model that could be asked: the server's, or that of the agent that answered. */
  readonly possible = computed(() => {
    const { id, model } = this.run();
    if (this.sessionId() === null || id === '') return false;
    return this.info.info()?.mode === 'model' || (model !== null && model !== 'built-in');
  });
  private readonly mine = computed(() => this.written().get(this.run().id) ?? null);
  /** Who has written what is shown; null: the rules. At a moment before it was written, it says too much. */
  readonly author = computed(() => {
    const mine = this.mine();
    return mine !== null && this.shown() && this.state().cursor >= mine.head ? mine.model : null;
  });

  /** Make it in an injection context. `sessionId` is null where nothing may be asked. */
  constructor(
    private readonly sessionId: Signal<string | null>,
    private readonly run: Signal<Run>,
    private readonly state: Signal<SessionState>,
  ) {}

  sentences(rules: readonly Sentence[]): readonly Sentence[] {
    const mine = this.mine();
    return this.author() === null || mine === null ? rules : withRules(mine, rules, this.state());
  }

  async ask(): Promise<void> {
    const [sessionId, { id }] = [this.sessionId(), this.run()];
    if (sessionId === null) return;
    if (this.mine()?.head === this.state().cursor) {
      this.shown.set(true); // nothing has happened since
      return;
    }
    this.busy.set(true);
    this.trouble.set('');
    try {
      const chronicle = await this.api.write(sessionId, id);
      this.written.update((known) => new Map(known).set(id, chronicle));
      this.shown.set(true);
    } catch (error: unknown) {
      this.trouble.set(errorMessage(error));
    } finally {
      this.busy.set(false);
    }
  }
}
