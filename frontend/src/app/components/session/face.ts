import { Signal, computed, linkedSignal } from '@angular/core';

import { AgentActivityService } from '../../services/agent-activity.service';
import { filledElsewhere } from '../../state/elsewhere';

export type PhoneTab = 'chat' | 'activity' | 'documents';

/** Ringside's own agents that work on documents. */
const TEAM = 6;

/** What the page of a session has room for, and what it opens on. */
export class Face {
  /** Whether agents outside Ringside fill the session. */
  readonly elsewhere = computed(() => filledElsewhere(this.store.runs(), this.store.session()?.last_run ?? null));
  /** So many cards its runs usually have. */
  readonly team = computed(() => (this.elsewhere() ? 0 : (this.kind() ?? 'documents') === 'documents' ? TEAM : 1));
  /** On a phone: the conversation, or, where there is none, the activity that there is. */
  readonly phoneTab = linkedSignal<string, PhoneTab>({
    source: () => `${this.sessionId()} ${this.store.opening().state}`,
    computation: (_, previous) => (this.elsewhere() || this.onlyActivity() ? 'activity' : (previous?.value ?? 'chat')),
  });
  private readonly opened = linkedSignal<string, boolean>({ source: () => this.sessionId(), computation: () => false });
  /** Whether the conversation leaves its room to the activity: nobody has said anything, and nobody is about to. */
  readonly folded = computed(() => this.elsewhere() && this.silent() && !this.opened());

  constructor(
    private readonly store: AgentActivityService,
    private readonly sessionId: Signal<string>,
    private readonly kind: Signal<string | undefined>,
  ) {}

  unfold(): void {
    this.opened.set(true);
  }

  private onlyActivity(): boolean {
    return this.store.opening().state === 'ready' && this.store.runs().length > 0 && this.silent();
  }

  private silent(): boolean {
    if (this.store.opening().state === 'loading') return !this.store.session()?.last_run?.question;
    return this.store.conversation().every(({ run, answers }) => run.question === null && answers.length === 0);
  }
}
