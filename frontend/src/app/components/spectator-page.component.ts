import { Component, OnDestroy, computed, inject, input, viewChild } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Account } from '../services/account.service';
import { Clock } from '../services/clock.service';
import { moment } from '../state/format';
import { AgentActivityComponent } from './agent-activity.component';

/** One session as a guest sees it: to watch and not more. */
@Component({
  selector: 'app-spectator-page',
  imports: [AgentActivityComponent, RouterLink],
  template: `
    @if (activity().view() !== 'guest-out') {
      <p class="guest-banner">
        @if (until(); as until) {
          <span i18n>You are watching as a guest until {{ until }}.</span>
        } @else {
          <span i18n>You are watching as a guest.</span>
        }
        @if (account.me()) {
          <a class="link" routerLink="/" i18n>Your sessions</a>
        } @else {
          <a class="link" routerLink="/sign-in" i18n>Sign in</a>
        }
      </p>
    }
    <app-agent-activity [sessionId]="sessionId()" [guest]="true" />
  `,
  styleUrl: './spectator-page.component.css',
})
export class SpectatorPageComponent implements OnDestroy {
  /** From the route. */
  readonly sessionId = input.required<string>();

  protected readonly account = inject(Account);
  protected readonly activity = viewChild.required(AgentActivityComponent);
  private readonly clock = inject(Clock);
  protected readonly until = computed(() => {
    const until = this.activity().watchableUntil();
    return until === null ? '' : moment(until, this.clock.now());
  });

  constructor() {
    this.account.spectate();
  }

  ngOnDestroy(): void {
    this.account.stopSpectating();
  }
}
