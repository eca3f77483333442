import { Injectable, inject } from '@angular/core';

import { Tokens } from './tokens';

const KEY = 'ringside.signOutOwed';

/** That somebody has signed out of this browser while the server was away: it has yet to be told. */
@Injectable({ providedIn: 'root' })
export class OwedSignOut {
  private readonly tokens = inject(Tokens);
  /** Which sign-in it is, where storage is forbidden. */
  private here: string | null = null;

  /** The sign-in that this browser has is over, whatever the server says. */
  owe(): void {
    this.here = this.tokens.signIn();
    try {
      localStorage.setItem(KEY, this.here);
    } catch {
      // Storage may be forbidden: then it is owed until this page is closed.
    }
  }

  /** Whether the sign-in that this browser has is one that is over. */
  isOwed(): boolean {
    return this.tokens.areThere() && this.which() === this.tokens.signIn();
  }

  settle(): void {
    this.here = null;
    try {
      localStorage.removeItem(KEY);
    } catch {
      // Storage may be forbidden.
    }
  }

  private which(): string | null {
    try {
      return localStorage.getItem(KEY) ?? this.here;
    } catch {
      return this.here;
    }
  }
}
