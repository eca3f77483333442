import { Injectable, inject, signal } from '@angular/core';

import { Account } from './account.service';
import { BROWSER } from './browser';
import { RingsideApi } from './ringside-api';

/** How often it is asked whether something has changed, in milliseconds. */
const LOOK = 10_000;
/** After so many answers in which nothing had changed, every second look is left out. */
const QUIET_LOOKS = 6;

/** Asks whether something has changed while the page is looked at. What may have changed is asked for only then. */
@Injectable({ providedIn: 'root' })
export class ChangesService {
  private readonly api = inject(RingsideApi);
  private readonly account = inject(Account);
  private readonly browser = inject(BROWSER);

  private readonly moves = signal(0);
  private readonly opinions = signal(0);
  /** The markers of the newest answer; null: what was shown since may be older. */
  private sessions: string | null = null;
  private mine: string | null = null;
  private feedback: string | null = null;
  private asking = false;
  private quiet = 0;
  private leftOut = false;

  /** Grows when the sessions may have changed, or when that cannot be told. */
  readonly sessionsMoved = this.moves.asReadonly();
  /** The same of what people think of answers and steps. */
  readonly feedbackMoved = this.opinions.asReadonly();

  constructor() {
    setInterval(() => {
      this.leftOut = this.quiet >= QUIET_LOOKS && !this.leftOut;
      if (!this.leftOut) void this.look();
    }, LOOK);
  }

  /** The list of sessions could not be loaded: it is to be asked for again, whether or not it has changed. */
  forgetSessions(): void {
    this.sessions = null;
  }

  private async look(): Promise<void> {
    if (this.asking || this.account.authState() !== 'signed-in' || !this.browser.isVisible()) return;
    this.asking = true;
    const found = await this.api.changes().catch(() => null);
    this.asking = false;
    const same =
      found !== null &&
      found.sessions === this.sessions &&
      found.account === this.mine &&
      found.feedback === this.feedback;
    this.quiet = same ? this.quiet + 1 : 0;
    if (found?.sessions !== this.sessions) this.moves.update((moves) => moves + 1);
    this.sessions = found?.sessions ?? null;
    if (found?.feedback !== this.feedback) this.opinions.update((moves) => moves + 1);
    this.feedback = found?.feedback ?? null;
    if (found && found.account !== this.mine && (await this.account.lookAgain())) this.mine = found.account;
  }
}
