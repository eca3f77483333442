import { Component, computed, effect, inject } from '@angular/core';

import { AgentActivityService } from '../../services/agent-activity.service';
import { BROWSER } from '../../services/browser';
import { Clock } from '../../services/clock.service';
import { Notices } from '../../services/notices.service';
import { ServerReach } from '../../services/server-reach.service';
import { SessionsService } from '../../services/sessions.service';
import { moment } from '../../state/format';

/** Says that the server is away, and as of when is what is shown meanwhile. */
@Component({
  selector: 'app-away-bar',
  template: `
    <div role="status">
      @if (reach.gone()) {
        <p>
          <b>{{ words() }}</b> <span i18n>You can read; asking and deciding wait for the server.</span>
        </p>
      }
    </div>
  `,
  styleUrl: './away-bar.component.css',
})
export class AwayBarComponent {
  protected readonly reach = inject(ServerReach);
  private readonly browser = inject(BROWSER);
  private readonly clock = inject(Clock);
  private readonly notices = inject(Notices);
  private readonly list = inject(SessionsService);
  private readonly store = inject(AgentActivityService);

  constructor() {
    effect((onCleanup) => {
      this.notices.saidByPage.set(this.reach.gone());
      onCleanup(() => this.notices.saidByPage.set(false));
    });
  }

  protected readonly words = computed(() => {
    const why =
      this.reach.gone() && this.browser.isOnline() ? $localize`The server does not answer.` : $localize`Offline.`;
    // What is open counts; beside it, the list.
    const at = this.store.asOf() ?? this.reach.heardAt() ?? this.list.asOf();
    return at === null ? why : `${why} ${$localize`As of ${moment(at, this.clock.now())}:time:.`}`;
  });
}
