import { Signal, WritableSignal, computed, inject } from '@angular/core';

import { isAway } from '../../live/api-error';
import { SessionAgent } from '../../models/models';
import { AgentActivityService } from '../../services/agent-activity.service';
import { AgentRegistry } from '../../services/agent-registry';
import { BROWSER } from '../../services/browser';
import { Notices } from '../../services/notices.service';
import { RingsideApi } from '../../services/ringside-api';
import { Can, canTell, runToTell, tellTitle } from '../../state/steer-words';
import { Run } from '../../state/session-state';
import type { ComposerComponent } from './composer.component';

interface Underway {
  readonly words: string;
  readonly runId: string;
  readonly id: string;
}

/** Telling the agents at work something. */
export class Steering {
  private readonly api = inject(RingsideApi);
  private readonly browser = inject(BROWSER);
  private readonly notices = inject(Notices);
  private readonly run = computed(() => {
    const run = this.store.gone() ? null : runToTell(this.store.presentRuns());
    return run === null || this.store.cancelling().has(run.id) ? null : run;
  });
  private readonly agent = computed(() => this.agents.find(this.run()?.agentId ?? this.answering()?.id));
  /** Whether they read it; null while nobody works, or nobody has said. */
  readonly can = computed<Can | null>(() => {
    const run = this.run();
    return run && canTell(run, this.agent());
  });
  readonly title = computed(() => {
    const run = this.run();
    return run ? tellTitle(run, this.agent()) : '';
  });
  /** What nobody knows to have arrived: sent again, it is the same. */
  private underway: Underway | null = null;

  constructor(
    private readonly store: AgentActivityService,
    private readonly agents: AgentRegistry,
    private readonly answering: Signal<SessionAgent | null>,
    private readonly sessionId: Signal<string>,
    /** Whether something that was written is on its way. */
    private readonly sending: WritableSignal<boolean>,
  ) {}

  /** Says it; the field that it was written in is empty then. */
  async tell(words: string, from: Pick<ComposerComponent, 'clear'> | undefined): Promise<void> {
    const run = this.run();
    if (run === null) return;
    this.sending.set(true);
    try {
      await this.send(run, words);
      from?.clear(words);
    } catch (error: unknown) {
      this.notices.add(error);
    } finally {
      this.sending.set(false);
    }
  }

  private async send(run: Run, words: string): Promise<void> {
    const { underway } = this;
    const same = underway?.words === words && underway.runId === run.id;
    const { id } = (this.underway = same ? underway : { words, runId: run.id, id: this.browser.newKey() });
    this.store.replay.toNow();
    try {
      await this.api.tell(this.sessionId(), run.id, words, id);
      this.underway = null;
    } catch (error: unknown) {
      if (!isAway(error)) this.underway = null;
      throw error;
    }
  }
}
