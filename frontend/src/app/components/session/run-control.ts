import { Signal, computed, signal } from '@angular/core';

import { AgentActivityService } from '../../services/agent-activity.service';
import { AgentRegistry } from '../../services/agent-registry';
import { cannotPause, pauseTitle } from '../../state/control-words';
import { SessionAgent } from '../../models/models';

/** Pausing and resuming what is answered now. */
export class RunControl {
  private readonly sending = signal(false);
  private readonly run = computed(() => (this.store.gone() ? null : this.store.activeRun()));
  /** Who works on it, as the team's list has it. */
  readonly agent = computed(() => this.agents.find(this.run()?.agentId ?? this.answering()?.id));
  /** What the button does; null while nothing can be paused. */
  readonly next = computed<'pause' | 'resume' | null>(() => {
    const run = this.run();
    if (run === null || this.store.cancelling().has(run.id)) return null;
    return run.pausedAt === null ? 'pause' : 'resume';
  });
  readonly title = computed(() => {
    const run = this.run();
    return run ? pauseTitle(run, this.agent()) : '';
  });
  readonly disabled = computed(() => {
    const run = this.run();
    return this.sending() || run === null || (run.pausedAt === null && cannotPause(run, this.agent()) !== '');
  });

  constructor(
    private readonly store: AgentActivityService,
    private readonly agents: AgentRegistry,
    private readonly answering: Signal<SessionAgent | null>,
  ) {}

  /** Rejects with the API's error. */
  async turn(): Promise<void> {
    const [run, next] = [this.run(), this.next()];
    if (run === null || next === null) return;
    this.sending.set(true);
    try {
      await this.store[next](run.id);
    } finally {
      this.sending.set(false);
    }
  }
}
