import { Signal, computed, linkedSignal, untracked } from '@angular/core';

import { AgentActivityService } from '../../services/agent-activity.service';
import { filledElsewhere } from '../../state/elsewhere';

export type PhoneTab = 'chat' | 'activity' | 'documents';

/** Ringside's own agents that work on documents. */
const TEAM = 6;

/** What the page of a session has room for, and what it opens on. */
export class Face {
  /** Whether agents outside Ringside fill the session. */
  readonly elsewhere = computed(() =>
    filledElsewhere(this.store.presentRuns(), this.store.session()?.last_run ?? null),
  );
  /** So many cards its runs usually have. */
  readonly team = computed(() => (this.elsewhere() ? 0 : (this.kind() ?? 'documents') === 'documents' ? TEAM : 1));
  /** On a phone: the conversation, or, where there is none, the activity that there is. */
  readonly phoneTab = linkedSignal<string, PhoneTab>({
    source: () => `${this.sessionId()} ${this.store.opening().state}`,
    computation: (_, previous) =>
      (this.elsewhere() || this.onlyActivity()) && !untracked(this.writes) ? 'activity' : (previous?.value ?? 'chat'),
  });
  /** Once opened, or written in, it stays open: nothing is folded away from under somebody's hands. */
  private readonly opened = linkedSignal<{ readonly id: string; readonly writes: boolean }, boolean>({
    source: () => ({ id: this.sessionId(), writes: this.writes() }),
    computation: ({ id, writes }, previous) => writes || (previous?.source.id === id && previous.value),
  });
  /** Whether the conversation leaves its room to the activity: nobody has said anything, and nobody is about to. */
  readonly folded = computed(() => this.elsewhere() && this.silent() && !this.opened());

  constructor(
    private readonly store: AgentActivityService,
    private readonly sessionId: Signal<string>,
    private readonly kind: Signal<string | undefined>,
    /** Whether somebody writes a question, or has one half written. */
    private readonly writes: Signal<boolean>,
  ) {}

  unfold(): void {
    this.opened.set(true);
  }

  /** On a phone: shows the activity, instead of what hides it. */
  uncover(): void {
    this.phoneTab.set('activity');
  }

  private onlyActivity(): boolean {
    return this.store.opening().state === 'ready' && this.store.presentRuns().length > 0 && this.silent();
  }

  private silent(): boolean {
    if (this.store.opening().state === 'loading') return !this.store.session()?.last_run?.question;
    return (
      this.store.present().answers.size === 0 && this.store.presentRuns().every(({ question }) => question === null)
    );
  }
}
