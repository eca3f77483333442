import { Component, inject } from '@angular/core';
import { RouterOutlet } from '@angular/router';

import { Commands } from '../services/commands.service';
import { Layout } from '../services/layout.service';
import { AccountMenuComponent } from './account/account-menu.component';
import { SessionListComponent } from './sessions/session-list.component';
import { AwayBarComponent } from './shared/away-bar.component';
import { opensPalette } from './shared/palette-key';
import { PaletteComponent } from './shared/palette.component';
import { ShortcutsComponent } from './shared/shortcuts.component';

/** The layout of everything behind the sign-in: sessions at the left, what is open at its right. */
@Component({
  selector: 'app-shell',
  imports: [
    AccountMenuComponent,
    AwayBarComponent,
    PaletteComponent,
    RouterOutlet,
    SessionListComponent,
    ShortcutsComponent,
  ],
  template: `
    <button type="button" class="button skip" i18n (click)="skip(stage)">Skip to the content</button>
    <app-away-bar />
    <app-session-list [class.open]="layout.sessionsOpen()"><app-account-menu /></app-session-list>
    @if (layout.sessionsOpen()) {
      <button
        type="button"
        class="scrim"
        aria-label="Close the list of sessions"
        i18n-aria-label
        (click)="layout.sessionsOpen.set(false)"
      ></button>
    }
    <div #stage class="stage" tabindex="-1" [inert]="layout.phone() && layout.sessionsOpen()"><router-outlet /></div>
    <app-shortcuts />
    @defer (when commands.shown(); prefetch on idle) {
      @if (commands.shown()) {
        <app-palette />
      }
    }
  `,
  styleUrl: './shell.component.css',
  host: { '(document:keydown.escape)': 'layout.sessionsOpen.set(false)', '(document:keydown)': 'onKey($event)' },
})
export class ShellComponent {
  protected readonly commands = inject(Commands);
  protected readonly layout = inject(Layout);

  /** Past the list of sessions, however long. */
  protected skip(stage: HTMLElement): void {
    this.layout.sessionsOpen.set(false);
    stage.focus();
  }

  protected onKey(event: KeyboardEvent): void {
    // While it is still being loaded, it cannot hear that it is not wanted any more.
    if (event.key === 'Escape' && !document.querySelector('dialog[open]')) this.commands.shown.set(false);
    if (!opensPalette(event)) return;
    event.preventDefault();
    if (this.commands.shown()) this.commands.shown.set(false);
    else if (!document.querySelector('dialog[open]')) this.commands.shown.set(true);
  }
}
