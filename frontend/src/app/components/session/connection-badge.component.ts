import { Component, computed, input } from '@angular/core';

import { Connection } from '../../live/connection';
import { count } from '../../state/format';

/** How this tab stands to the live stream, in a word. */
@Component({
  selector: 'app-connection-badge',
  template: `
    <span class="badge" [class]="look().tone" [title]="look().title" role="status">
      <span class="dot" [class]="look().dot" aria-hidden="true"></span
      ><span class="text clip" [class.sr]="resting() && connection().state === 'live'">{{ look().text }}</span>
    </span>
  `,
  styleUrl: './connection-badge.component.css',
})
export class ConnectionBadgeComponent {
  readonly connection = input.required<Connection>();
  /** Whether nothing happens: beside a run that has ended, "Live" would say that it goes on. */
  readonly resting = input(false);

  protected readonly look = computed(() => {
    const connection = this.connection();
    switch (connection.state) {
      case 'connecting':
        return {
          text: $localize`Connecting`,
          dot: 'none',
          tone: '',
          title: $localize`Opening the live stream`,
        };
      case 'live':
        return { text: $localize`Live`, dot: 'ok', tone: '', title: $localize`Events appear as they happen` };
      case 'reconnecting':
        return {
          text: $localize`Reconnecting`,
          dot: 'warn',
          tone: 'alarm',
          title: $localize`The connection was lost; no event will be missing when it is back`,
        };
      case 'polling':
        return {
          text: $localize`Polling`,
          dot: 'warn',
          tone: '',
          title: $localize`This network lets no live stream through: the page asks for new events every two seconds`,
        };
      case 'behind':
        return {
          text: $localize`Behind by ${count(connection.missing)}:events:`,
          dot: 'warn',
          tone: 'alarm',
          title: $localize`Catching up with the log`,
        };
      case 'offline':
        return {
          text: $localize`Offline`,
          dot: 'bad',
          tone: 'lost',
          title: $localize`This device is offline; the agents continue`,
        };
      case 'failed':
        return { text: $localize`Not connected`, dot: 'bad', tone: 'lost', title: connection.reason };
      case 'ended':
        return { text: $localize`:a session|:Deleted`, dot: 'none', tone: 'lost', title: connection.reason };
    }
  });
}
