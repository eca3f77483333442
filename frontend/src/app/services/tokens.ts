import { Injectable, inject } from '@angular/core';

import { cookie } from '../state/cookie';
import { AccountApi } from './account-api';
import { BROWSER } from './browser';

const LOCK = 'ringside:refresh';
/** Without Web Locks, tabs that find the same token expired ask at different moments, in milliseconds. */
const SPREAD = 1500;

/**
 * The access token, renewed when it has expired. A refresh token may be sent again only for some seconds, then whoever
 * sends it is signed out: so one request for all that wait in this tab, and one tab at a time.
 */
@Injectable({ providedIn: 'root' })
export class Tokens {
  private readonly api = inject(AccountApi);
  private readonly browser = inject(BROWSER);
  private renewing: Promise<void> | null = null;

  /** What tells one access token from the next; scripts cannot read the token itself. */
  mark(): string {
    return cookie(this.browser.cookies(), 'csrf_access_token');
  }

  /** Whether this browser is signed in, or was lately. */
  areThere(): boolean {
    const cookies = this.browser.cookies();
    return ['csrf_access_token', 'csrf_refresh_token'].some((name) => cookie(cookies, name) !== '');
  }

  /** Which sign-in they are of; '' where that began at a server that did not say so yet. */
  signIn(): string {
    return cookie(this.browser.cookies(), 'signed_in_as');
  }

  /** Whose sign-in that is; '' likewise. */
  userId(): string {
    return this.signIn().split('.')[0] ?? '';
  }

  /** What a request that changes something has to repeat in a header. */
  proof(refreshes: boolean): string {
    return refreshes ? cookie(this.browser.cookies(), 'csrf_refresh_token') : this.mark();
  }

  /** Resolves when there is another token than the one with this mark. Rejects with the API's error. */
  renew(expired: string): Promise<void> {
    if (this.mark() !== expired) return Promise.resolve();
    this.renewing ??= this.inTurn(() => this.renewOnce(expired)).finally(() => (this.renewing = null));
    return this.renewing;
  }

  /** Another tab may have renewed it while this one waited for its turn. */
  private async renewOnce(expired: string): Promise<void> {
    if (this.mark() === expired) await this.api.refresh();
  }

  private async inTurn(action: () => Promise<void>): Promise<void> {
    const { locks } = this.browser;
    if (locks) {
      await locks.request(LOCK, {}, action);
      return;
    }
    if (!this.browser.isVisible()) await new Promise((resolve) => setTimeout(resolve, SPREAD));
    await new Promise((resolve) => setTimeout(resolve, this.browser.random() * SPREAD));
    await action();
  }
}
