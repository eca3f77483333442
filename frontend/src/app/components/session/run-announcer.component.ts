import { Component, computed, input } from '@angular/core';

import { Run } from '../../state/session-state';

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
    if (run.pausedAt !== null) return `${run.status === 'running' ? 'Pausing' : 'Paused'}. ${run.reason ?? ''}`;
    switch (run.status) {
      case 'queued':
        return this.waitsFor();
      case 'running':
        return this.stopping() ? 'Stopping' : (run.phase ?? 'Started');
      case 'waiting':
        return `Waiting. ${run.reason ?? ''}`;
      case 'completed':
        return 'The answer is finished';
      case 'failed':
        return `The run failed. ${run.reason ?? ''}`;
      case 'cancelled':
        return 'The run was stopped';
    }
  });
}
