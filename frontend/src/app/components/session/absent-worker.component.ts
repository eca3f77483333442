import { Component, computed, effect, inject, input } from '@angular/core';

import { AgentRegistry } from '../../services/agent-registry';
import { Clock } from '../../services/clock.service';
import { absentWorkers } from '../../state/agent-words';
import { Run } from '../../state/session-state';

const LOOK_AGAIN_MS = 15_000;

/** Says while a question waits that none of its agent's workers is there. */
@Component({
  selector: 'app-absent-worker',
  template: `
    @if (words(); as text) {
      <p class="outcome warn" role="status">{{ text }}</p>
    }
  `,
})
export class AbsentWorkerComponent {
  /** What is answered now, or next. */
  readonly run = input.required<Run | null>();
  private readonly registry = inject(AgentRegistry);
  private readonly clock = inject(Clock);

  private readonly waits = computed(() => this.run()?.status === 'queued');
  private readonly agent = computed(() => this.registry.find(this.run()?.agentId));
  private readonly outside = computed(() => this.agent()?.workers !== undefined);
  protected readonly words = computed(() => {
    const agent = this.agent();
    return this.waits() && agent ? absentWorkers(agent, this.clock.now()) : '';
  });

  constructor() {
    effect((onCleanup) => {
      if (!this.waits() || !this.outside()) return;
      const timer = setInterval(() => void this.registry.load(), LOOK_AGAIN_MS);
      onCleanup(() => clearInterval(timer));
    });
  }
}
