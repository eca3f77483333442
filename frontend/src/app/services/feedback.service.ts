import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';

import { errorMessage } from '../live/api-error';
import { Opinions } from '../models/models';
import { AgentActivityService } from './agent-activity.service';
import { ChangesService } from './changes.service';
import { FeedbackApi, JudgedSubject, Verdict } from './feedback-api';

/** What people think of the answers and steps of the open session. Asked for again whenever somebody has judged. */
@Injectable({ providedIn: 'root' })
export class Feedback {
  private readonly api = inject(FeedbackApi);
  private readonly changes = inject(ChangesService);
  private readonly store = inject(AgentActivityService);

  private readonly list = signal<readonly Opinions[]>([]);
  private readonly words = signal('');
  private asked = 0;
  private readonly sessionId = computed(() => this.store.session()?.id ?? null);
  private readonly found = computed(
    () => new Map(this.list().map((one) => [keyOf(one.run_id, one.activity_id), one] as const)),
  );

  /** Why it could not be loaded; '' when it was. */
  readonly error = this.words.asReadonly();

  constructor() {
    effect(() => {
      this.sessionId();
      this.list.set([]);
    });
    effect(() => {
      this.changes.feedbackMoved();
      if (this.sessionId() !== null) untracked(() => void this.load());
    });
  }

  /** null: nobody has said anything. */
  of(runId: string, activityId: string | null): Opinions | null {
    return this.found().get(keyOf(runId, activityId)) ?? null;
  }

  /** null takes it back. Rejects with the API's error, as all that follow do. */
  judge(runId: string, activityId: string | null, verdict: Verdict | null): Promise<void> {
    return this.attempt((subject) => this.api.judge(subject, verdict), runId, activityId);
  }

  comment(runId: string, activityId: string | null, text: string): Promise<void> {
    return this.attempt((subject) => this.api.comment(subject, text), runId, activityId);
  }

  changeComment(runId: string, id: string, text: string): Promise<void> {
    return this.attempt((subject) => this.api.changeComment(subject, id, text), runId, null);
  }

  deleteComment(runId: string, id: string): Promise<void> {
    return this.attempt((subject) => this.api.deleteComment(subject, id), runId, null);
  }

  private async attempt(
    action: (subject: JudgedSubject) => Promise<void>,
    run_id: string,
    activity_id: string | null,
  ): Promise<void> {
    const session_id = this.sessionId();
    if (session_id === null) return;
    await action({ session_id, run_id, ...(activity_id !== null && { activity_id }) });
    await this.load();
  }

  private async load(): Promise<void> {
    const sessionId = this.sessionId();
    if (sessionId === null) return;
    const asked = ++this.asked;
    try {
      const found = await this.api.of(sessionId);
      if (asked !== this.asked || sessionId !== this.sessionId()) return;
      this.list.set(found);
      this.words.set('');
    } catch (error: unknown) {
      if (asked === this.asked) this.words.set(errorMessage(error));
    }
  }
}

function keyOf(runId: string, activityId: string | null): string {
  return JSON.stringify([runId, activityId]);
}
