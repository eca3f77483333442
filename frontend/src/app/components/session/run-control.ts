import { Signal, WritableSignal, computed, signal } from '@angular/core';

import { AgentActivityService } from '../../services/agent-activity.service';
import { AgentRegistry } from '../../services/agent-registry';
import { cannotPause, pauseTitle } from '../../state/control-words';
import { SessionAgent } from '../../models/models';
import { Steering } from './steering';

/** Pausing, resuming and steering what is answered now. */
export class RunControl {
  readonly steering: Steering;
  private readonly turning = signal(false);
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
    return this.turning() || run === null || (run.pausedAt === null && cannotPause(run, this.agent()) !== '');
  });

  constructor(
    private readonly store: AgentActivityService,
    private readonly agents: AgentRegistry,
    private readonly answering: Signal<SessionAgent | null>,
    sessionId: Signal<string>,
    /** Whether something that was written is on its way. */
    sending: WritableSignal<boolean>,
  ) {
    this.steering = new Steering(store, agents, answering, sessionId, sending);
  }

  /** Rejects with the API's error. */
  async turn(): Promise<void> {
    const [run, next] = [this.run(), this.next()];
    if (run === null || next === null) return;
    this.turning.set(true);
    try {
      await this.store[next](run.id);
    } finally {
      this.turning.set(false);
    }
  }
}
