import { computed, effect, inject, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute } from '@angular/router';

import { AgentActivityService } from '../../services/agent-activity.service';
import { activityKey } from '../../state/session-state';
import { Watched } from './watched';

/** Where a link into a session leads: `#run` to a run, `?step=…#run` to one of its steps. Each as soon as it is there. */
export class Linked {
  private readonly store = inject(AgentActivityService);
  private readonly route = inject(ActivatedRoute);
  private readonly parameters = toSignal(this.route.queryParamMap);
  private readonly fragment = toSignal(this.route.fragment);

  readonly run = computed(() => this.store.run(this.fragment() ?? null)?.id ?? null);
  private readonly step = computed(() => {
    const step = this.parameters()?.get('step');
    const key = step ? activityKey(this.fragment(), step) : null;
    return key !== null && this.store.state().positions.get(key) !== undefined ? key : null;
  });

  constructor(watched: Watched) {
    effect(() => {
      const [run, step] = [this.run(), this.step()];
      untracked(() => {
        if (step !== null) watched.showStep(step);
        else if (run !== null) watched.show(run);
      });
    });
  }
}
