import { Signal, computed, effect, inject, untracked } from '@angular/core';

import { Finding } from '../../models/models';
import { AgentActivityService } from '../../services/agent-activity.service';
import { Findings } from '../../services/findings.service';
import { Notices } from '../../services/notices.service';
import { isFinding } from '../../state/events';
import { activityKey } from '../../state/session-state';
import { Watched } from './watched';

/** What makes the run on display look stuck. */
export class Stuck {
  private readonly store = inject(AgentActivityService);
  private readonly findings = inject(Findings);
  private readonly notices = inject(Notices);

  /** null while it does not look so. */
  readonly finding = computed(() => {
    const run = this.watched.run();
    return run?.endedAt === null ? this.findings.of(this.sessionId(), run.id) : null;
  });
  /** Changes when the log tells of it. That it is over moves no log. */
  private readonly told = computed(() =>
    this.store
      .presentRuns()
      .flatMap(({ errors }) => errors.filter(isFinding).map(({ seq }) => seq))
      .join(' '),
  );

  constructor(
    private readonly watched: Watched,
    private readonly sessionId: Signal<string>,
    guest: Signal<boolean>,
  ) {
    effect(() => {
      if (this.told() !== '' && !guest()) untracked(() => void this.findings.load());
    });
  }

  show({ activity_id, run_id }: Finding): void {
    if (activity_id !== null) this.watched.showStep(activityKey(run_id, activity_id));
  }

  async dismiss({ id }: Finding): Promise<void> {
    try {
      await this.findings.dismiss(id);
    } catch (error: unknown) {
      this.notices.add(error);
    }
  }
}
