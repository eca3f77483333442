import { Signal, linkedSignal, signal } from '@angular/core';

import { GraphNode } from '../../state/agent-graph';
import { Sentence } from '../../state/chronicle/note';
import { Stretch, View } from '../../state/session-address';
import { NO_FILTER, StepFilter } from '../../state/step-filter';
import { Watched } from './watched';

/** How the activity is looked at: in which view, which steps of it, which stretch of time. */
export class Lens {
  readonly view = signal<View>('timeline');
  readonly filter = linkedSignal<string, StepFilter>({
    source: () => this.sessionId(),
    computation: () => NO_FILTER,
  });
  /** The number of the event that is looked at in the feed. */
  readonly sought = linkedSignal<string, number | null>({
    source: () => this.sessionId(),
    computation: () => null,
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

  /** What a sentence rests on: its steps in the timeline, or else its first event in the feed. */
  showGrounds({ steps, seqs, filter }: Sentence, watched: Watched): void {
    const [step] = steps;
    this.filter.set(filter ?? NO_FILTER);
    this.sought.set(step === undefined ? (seqs[0] ?? null) : null);
    this.view.set(step === undefined ? 'feed' : 'timeline');
    if (step !== undefined) watched.showStep(step);
  }

  constructor(
    readonly sessionId: Signal<string>,
    private readonly runId: Signal<string | null>,
  ) {}
}
