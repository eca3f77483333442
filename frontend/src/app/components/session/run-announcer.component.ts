import { Component, computed, input } from '@angular/core';

import { Run } from '../../state/session-state';

const WORDS = {
  started: $localize`:a run|:Started`,
  stopping: $localize`:a run|:Stopping`,
  finished: $localize`The answer is finished`,
  stopped: $localize`The run was stopped`,
};

/** Says aloud what the run does as a whole and when its answer is there; never every word or step. */
@Component({
  selector: 'app-run-announcer',
  template: `<p class="sr" role="status" aria-live="polite">{{ message() }}</p>`,
})
export class RunAnnouncerComponent {
  readonly run = input.required<Run | null>();
  readonly stopping = input.required<boolean>();
  readonly waitsFor = input.required<string>();

  protected readonly message = computed(() => {
    const run = this.run();
    if (!run) return '';
    const reason = run.reason ?? '';
    if (run.pausedAt !== null) {
      return run.status === 'running' ? $localize`Pausing. ${reason}:reason:` : $localize`Paused. ${reason}:reason:`;
    }
    switch (run.status) {
      case 'queued':
        return this.waitsFor();
      case 'running':
        return this.stopping() ? WORDS.stopping : (run.phase ?? WORDS.started);
      case 'waiting':
        return $localize`Waiting. ${reason}:reason:`;
      case 'completed':
        return WORDS.finished;
      case 'failed':
        return $localize`The run failed. ${reason}:reason:`;
      case 'cancelled':
        return WORDS.stopped;
    }
  });
}
