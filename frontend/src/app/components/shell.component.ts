import { Component, inject } from '@angular/core';
import { RouterOutlet } from '@angular/router';

import { Layout } from '../services/layout.service';
import { AccountMenuComponent } from './account/account-menu.component';
import { SessionListComponent } from './sessions/session-list.component';
import { ShortcutsComponent } from './shared/shortcuts.component';

/** The layout of everything behind the sign-in: sessions at the left, what is open at its right. */
@Component({
  selector: 'app-shell',
  imports: [AccountMenuComponent, RouterOutlet, SessionListComponent, ShortcutsComponent],
  template: `
    <button type="button" class="button skip" (click)="skip(stage)">Skip to the content</button>
    <app-session-list [class.open]="layout.sessionsOpen()"><app-account-menu /></app-session-list>
    @if (layout.sessionsOpen()) {
      <button
        type="button"
        class="scrim"
        aria-label="Close the list of sessions"
        (click)="layout.sessionsOpen.set(false)"
      ></button>
    }
    <div #stage class="stage" tabindex="-1" [inert]="layout.phone() && layout.sessionsOpen()"><router-outlet /></div>
    <app-shortcuts />
  `,
  styleUrl: './shell.component.css',
  host: { '(document:keydown.escape)': 'layout.sessionsOpen.set(false)' },
})
export class ShellComponent {
  protected readonly layout = inject(Layout);

  /** Past the list of sessions, however long. */
  protected skip(stage: HTMLElement): void {
    this.layout.sessionsOpen.set(false);
    stage.focus();
  }
}
