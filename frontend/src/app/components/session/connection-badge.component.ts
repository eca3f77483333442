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
        return { text: 'Connecting', dot: 'none', tone: '', title: 'Opening the live stream' };
      case 'live':
        return { text: 'Live', dot: 'ok', tone: '', title: 'Events appear as they happen' };
      case 'reconnecting':
        return {
          text: 'Reconnecting',
          dot: 'warn',
          tone: 'alarm',
          title: 'The connection was lost; no event will be missing when it is back',
        };
      case 'polling':
        return {
          text: 'Polling',
          dot: 'warn',
          tone: '',
          title: 'This network lets no live stream through: the page asks for new events every two seconds',
        };
      case 'behind':
        return {
          text: `Behind by ${count(connection.missing)}`,
          dot: 'warn',
          tone: 'alarm',
          title: 'Catching up with the log',
        };
      case 'offline':
        return { text: 'Offline', dot: 'bad', tone: 'lost', title: 'This device is offline; the agents continue' };
      case 'failed':
        return { text: 'Not connected', dot: 'bad', tone: 'lost', title: connection.reason };
      case 'ended':
        return { text: 'Deleted', dot: 'none', tone: 'lost', title: connection.reason };
    }
  });
}
