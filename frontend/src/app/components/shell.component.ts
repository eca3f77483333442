import { Component, inject } from '@angular/core';
import { RouterOutlet } from '@angular/router';

import { Layout } from '../services/layout.service';
import { AccountMenuComponent } from './account/account-menu.component';
import { SessionListComponent } from './sessions/session-list.component';

/** The layout of everything behind the sign-in: sessions at the left, what is open at its right. */
@Component({
  selector: 'app-shell',
  imports: [AccountMenuComponent, RouterOutlet, SessionListComponent],
  template: `
    <app-session-list [class.open]="layout.sessionsOpen()"><app-account-menu /></app-session-list>
    @if (layout.sessionsOpen()) {
      <button
        type="button"
        class="scrim"
        aria-label="Close the list of sessions"
        (click)="layout.sessionsOpen.set(false)"
      ></button>
    }
    <div class="stage" [inert]="layout.phone() && layout.sessionsOpen()"><router-outlet /></div>
  `,
  styleUrl: './shell.component.css',
  host: { '(document:keydown.escape)': 'layout.sessionsOpen.set(false)' },
})
export class ShellComponent {
  protected readonly layout = inject(Layout);
}
