import { Signal, computed, effect, inject, linkedSignal, signal, untracked } from '@angular/core';

import { AgentActivityService } from '../../services/agent-activity.service';
import { AgentRegistry } from '../../services/agent-registry';
import { Calm } from '../../services/calm.service';
import { stopTitle } from '../../state/control-words';
import {
  Origin,
  lacksOrigin,
  mayTryAgain,
  originOf,
  reasoningIn,
  runToShow,
  signs,
  waitsFor,
} from '../../state/conversation';
import { NO_RUN, Run, activityKey } from '../../state/session-state';

const WORDS = {
  ask: $localize`:the program of a run|:Ask to stop`,
  asked: $localize`:the program of a run|:Asked to stop`,
  stop: $localize`:a run|:Stop`,
  stopping: $localize`:a run|:Stopping…`,
  decides: $localize`The program that reports this run decides whether it stops`,
};

/** Which run is on display, and which of its steps is looked at. */
export class Watched {
  /** Whether the newest step stays in view. */
  readonly follow = signal(true);
  readonly selectedKey = linkedSignal<string, string | null>({
    source: () => this.sessionId(),
    computation: () => null,
  });
  /** The run that is shown while nobody picks one. */
  readonly newestId = computed(() => runToShow(this.store.runs())?.id ?? null);
  /** What is answered now, until another one is picked; the next one that begins takes its place. */
  readonly runId = linkedSignal(() => this.newestId());
  readonly run = computed(() => this.store.run(this.runId()));
  /** The same a moment later: what its agents do and use changes with each event. */
  readonly calmRun = inject(Calm).follow(this.run, (run) => run && turningPoint(run));
  /** The same as it is now, whatever moment is looked at. */
  readonly presentRun = computed(() => this.store.presentRuns().find(({ id }) => id === this.runId()));
  /** The conversation: its last answer grows with each word. */
  readonly turns = inject(Calm).follow(
    computed(() => this.store.conversation()),
    signs,
  );
  /** Its place among all of the session, from 1; 0 while there is none. */
  readonly number = computed(() => this.run()?.number ?? 0);
  /** How many runs the session has. */
  readonly runs = computed(() => this.store.state().runsBefore + this.store.runs().length);
  /** The run whose question the run on display asks again. */
  readonly origin = computed(() => {
    const run = this.run();
    return run ? originOf(run, this.store.runs()) : null;
  });
  readonly mayTryAgain = computed(() => {
    const run = this.presentRun();
    return run !== undefined && mayTryAgain(run, this.store.presentRuns());
  });
  readonly waitsFor = computed(() => {
    const run = this.run();
    return run ? waitsFor(run, this.store.runs()) : '';
  });
  readonly selected = computed(() => {
    const key = this.selectedKey();
    const position = key === null ? undefined : this.store.state().positions.get(key);
    return position === undefined ? null : (this.store.state().activities.at(position) ?? null);
  });

  /** What was thought in the step that is looked at. */
  readonly reasoning = computed(() => reasoningIn(this.store.state(), this.selectedKey() ?? ''));

  /** What Stop would stop: what is answered now, else the run on display, if its program can be asked to. */
  private readonly stoppable = computed(() => {
    if (this.store.gone()) return null;
    const active = this.store.activeRun();
    const shown = this.presentRun();
    if (active !== null || shown === undefined || shown.id === NO_RUN || shown.endedAt !== null) return active;
    return this.store.session()?.last_run?.reported ? shown : null;
  });
  /** Whether it was asked to stop. */
  readonly stopping = computed(() => {
    const [run, newest] = [this.stoppable(), this.store.session()?.last_run];
    if (run === null) return false;
    return this.store.cancelling().has(run.id) || (newest?.id === run.id && newest.cancel_requested);
  });
  /** What Stop says: which run it is about, where that is not the one on display; '' while nothing can be stopped. */
  readonly stops = computed(() => {
    const run = this.stoppable();
    if (run === null) return '';
    if (!run.ours) return this.stopping() ? WORDS.asked : WORDS.ask;
    if (this.stopping()) return WORDS.stopping;
    return run.id === this.runId() ? WORDS.stop : $localize`Stop run ${run.number}:number:`;
  });
  readonly stopTitle = computed(() => {
    const run = this.stoppable();
    if (run?.ours === false) return WORDS.decides;
    return run ? stopTitle(run, this.agents.find(run.agentId)) : '';
  });

  constructor(
    private readonly store: AgentActivityService,
    private readonly agents: AgentRegistry,
    private readonly sessionId: Signal<string>,
  ) {
    // A run that asks again what another one was asked is shown with that one's number.
    const lacks = computed(() => this.store.opening().state === 'ready' && lacksOrigin(this.store.present()));
    effect(() => {
      if (lacks()) untracked(() => void this.store.past.reach((state) => !lacksOrigin(state)));
    });
  }

  /** Rejects with the API's error. */
  async stop(): Promise<void> {
    const run = this.stoppable();
    if (run) await this.store.cancel(run.id);
  }

  show(runId: string): void {
    this.runId.set(runId);
    this.selectedKey.set(null);
  }

  /** The run whose question is asked again, and the step from which that is done. */
  showOrigin({ id, step }: Origin): void {
    this.show(id);
    if (step !== null) this.showStep(activityKey(id, step.activityId));
  }

  /** The run that many places later, or earlier. One that is not loaded is loaded before it is shown. */
  async pick(step: number): Promise<void> {
    const [from, wanted] = [this.runId(), this.number() + step];
    const find = (runs: Iterable<Run>): Run | undefined => [...runs].find(({ number }) => number === wanted);
    if (!find(this.store.runs())) await this.store.past.reach(({ runs }) => find(runs.values()) !== undefined);
    const run = find(this.store.runs());
    if (run && this.runId() === from) this.show(run.id);
  }

  /** Shows a step in its run, and lets nothing that begins meanwhile take it away. */
  showStep(key: string): void {
    this.selectedKey.set(key);
    this.follow.set(false);
    const run = this.selected()?.runId;
    if (run !== undefined) this.runId.set(run);
  }
}

/** Differs whenever something happens to the run as a whole. */
function turningPoint(run: Run): string {
  const { id, status, phase, reason, pausedAt, queuedAt, startedAt, endedAt, agents, errors, resumedAt } = run;
  return JSON.stringify([
    [id, status, phase, reason, pausedAt, queuedAt, startedAt, endedAt],
    [agents.size, errors.length, resumedAt.length],
  ]);
}
