import { signal } from '@angular/core';
import { firstValueFrom, timer } from 'rxjs';

import { errorMessage, isAway } from '../live/api-error';
import { Browser } from '../live/browser';
import { retryDelay } from '../live/connection';
import { Underway } from '../state/underway';
import { RingsideApi } from './ringside-api';

/** A question that waits is sent again after two seconds at most: so many doublings of the first wait. */
const IMPATIENT = 3;

/** Brings a question to the server: once, however often it has to be sent. */
export class Sending {
  private readonly delay = signal('');
  /** Why a question that was asked has not reached the server yet; '' when there is none. */
  readonly unsent = this.delay.asReadonly();
  private underway: Underway | null = null;

  constructor(
    private readonly api: RingsideApi,
    private readonly browser: Browser,
  ) {}

  /** Resolves when the server has it, or it is `wanted` no more. Rejects with the API's refusal. */
  async send(question: string, sessionId: string, retryOf: string | null, wanted: () => boolean): Promise<void> {
    const { key } = (this.underway = this.sameOrNew(question, sessionId, retryOf));
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          if (retryOf === null) await this.api.send(sessionId, question, key);
          else await this.api.tryAgain(sessionId, retryOf, key, question);
          this.underway = null;
          return;
        } catch (error: unknown) {
          if (!isAway(error) || !wanted()) throw error;
          this.delay.set(errorMessage(error));
        }
        await firstValueFrom(timer(retryDelay(Math.min(attempt, IMPATIENT), this.browser.random())));
      }
    } finally {
      this.delay.set('');
    }
  }

  /** A question that nobody knows to have arrived, asked again, is the same one. */
  private sameOrNew(question: string, sessionId: string, retryOf: string | null): Underway {
    const { underway } = this;
    const same = underway?.question === question && underway.sessionId === sessionId && underway.retryOf === retryOf;
    return same ? underway : { question, sessionId, retryOf, key: this.browser.newKey() };
  }
}
