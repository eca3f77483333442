import { Signal, linkedSignal, signal } from '@angular/core';

import { GraphNode } from '../../state/agent-graph';
import { Stretch, View } from '../../state/session-address';
import { NO_FILTER, StepFilter } from '../../state/step-filter';

/** How the activity is looked at: in which view, which steps of it, which stretch of time. */
export class Lens {
  readonly view = signal<View>('timeline');
  readonly filter = linkedSignal<string, StepFilter>({
    source: () => this.sessionId(),
    computation: () => NO_FILTER,
  });
  /** null: the whole run. Another run is shown whole. */
  readonly stretch = linkedSignal<string | null, Stretch | null>({
    source: () => this.runId(),
    computation: () => null,
  });

  /** The steps of an agent, or the calls of its tools, in the timeline. */
  lookAt({ agent, kind }: GraphNode): void {
    this.filter.set({ ...NO_FILTER, agent, kind: kind === 'agent' ? '' : 'tool' });
    this.view.set('timeline');
  }

  constructor(
    readonly sessionId: Signal<string>,
    private readonly runId: Signal<string | null>,
  ) {}
}
