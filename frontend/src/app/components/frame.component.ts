import { Component, inject } from '@angular/core';
import { RouterOutlet } from '@angular/router';

import { Layout } from '../services/layout.service';
import { SessionListComponent } from './session-list.component';

/** The frame of everything behind the sign-in: sessions at the left, what is open at its right. */
@Component({
  selector: 'app-frame',
  imports: [RouterOutlet, SessionListComponent],
  template: `
    <app-session-list class="sidebar" [class.open]="layout.sessionsOpen()" />
    @if (layout.sessionsOpen()) {
      <button type="button" class="scrim" aria-label="Close the list of sessions" (click)="layout.sessionsOpen.set(false)"></button>
    }
    <div class="stage" [inert]="layout.phone() && layout.sessionsOpen()"><router-outlet /></div>
  `,
  host: { class: 'frame', '(document:keydown.escape)': 'layout.sessionsOpen.set(false)' },
})
export class FrameComponent {
  protected readonly layout = inject(Layout);
}
