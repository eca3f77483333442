import { Component, inject } from '@angular/core';
import { RouterOutlet } from '@angular/router';

import { NoticesComponent } from './components/notices.component';
import { SessionListComponent } from './components/session-list.component';
import { Layout } from './services/layout.service';
import { Notices } from './services/notices.service';
import { ServerInfo } from './services/server-info.service';

/** The frame: sessions at the left, what is open at its right, what went wrong on top. */
@Component({
  selector: 'app-root',
  imports: [NoticesComponent, RouterOutlet, SessionListComponent],
  template: `
    <app-session-list class="sidebar" [class.open]="layout.sessionsOpen()" />
    @if (layout.sessionsOpen()) {
      <button type="button" class="scrim" aria-label="Close the list of sessions" (click)="layout.sessionsOpen.set(false)"></button>
    }
    <div class="stage" [inert]="layout.phone() && layout.sessionsOpen()"><router-outlet /></div>
    <app-notices />
  `,
  host: { '(document:keydown.escape)': 'layout.sessionsOpen.set(false)' },
})
export class AppComponent {
  protected readonly layout = inject(Layout);

  constructor() {
    const notices = inject(Notices);
    inject(ServerInfo)
      .load()
      .catch((error: unknown) => notices.add(error));
  }
}
