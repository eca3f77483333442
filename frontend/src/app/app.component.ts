import { Component, DOCUMENT, effect, inject, signal, untracked } from '@angular/core';
import { NavigationEnd, Router, RouterOutlet } from '@angular/router';
import { filter, take } from 'rxjs';

import { NoticesComponent } from './components/shared/notices.component';
import { OpeningComponent } from './components/shared/opening.component';
import { Account } from './services/account.service';
import { BROWSER } from './services/browser';
import { NewVersion } from './services/new-version';
import { Notices } from './services/notices.service';
import { ServerInfo } from './services/server-info.service';

/** The page that is open, once it is known who opened it; what went wrong on top. */
@Component({
  selector: 'app-root',
  imports: [NoticesComponent, OpeningComponent, RouterOutlet],
  template: `
    <router-outlet />
    @if (!opened()) {
      <app-opening [reason]="account.delay()" />
    }
    <app-notices />
  `,
  styleUrl: './app.component.css',
})
export class AppComponent {
  protected readonly account = inject(Account);
  private readonly browser = inject(BROWSER);
  protected readonly opened = signal(false);

  constructor() {
    inject(DOCUMENT).addEventListener('click', once, { capture: true });
    const [info, notices] = [inject(ServerInfo), inject(Notices)];
    inject(Router)
      .events.pipe(
        filter((event) => event instanceof NavigationEnd),
        take(1),
      )
      .subscribe(() => this.opened.set(true));
    inject(NewVersion).tell();
    // What the server is, it tells those only who may be here.
    // Once there is a page to look at, and somebody who may want to look at it without a network.
    effect(() => {
      if (this.opened() && this.account.authState() === 'signed-in') this.browser.keepFiles();
    });
    effect(() => {
      const state = this.account.authState();
      if (state !== 'signed-in' && state !== 'spectator') return;
      untracked(() => void info.load().catch((error: unknown) => notices.add(error)));
    });
  }
}

/** What a page is there for (its primary button) happens once, also when it is double-clicked out of habit. */
function once(click: MouseEvent): void {
  if (click.detail < 2 || !(click.target instanceof Element) || click.target.closest('button.primary') === null) return;
  click.preventDefault();
  click.stopImmediatePropagation();
}
