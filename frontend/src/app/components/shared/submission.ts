import { DestroyRef, inject, signal } from '@angular/core';

import { errorMessage, retryAfter } from '../../live/api-error';

/** What became of a form that was sent: it is on its way, was refused in plain words, or has to wait. */
export class Submission {
  private readonly sending = signal(false);
  private readonly words = signal('');
  private readonly seconds = signal(0);
  private timer: ReturnType<typeof setInterval> | undefined;

  readonly busy = this.sending.asReadonly();
  readonly error = this.words.asReadonly();
  /** The seconds until the server lets one try again. */
  readonly wait = this.seconds.asReadonly();

  constructor() {
    inject(DestroyRef).onDestroy(() => clearInterval(this.timer));
  }

  /** The error of the action; null when it went well or may not be tried yet. */
  async send(action: () => Promise<unknown>): Promise<unknown> {
    if (this.sending() || this.seconds() > 0) return null;
    this.sending.set(true);
    this.words.set('');
    try {
      await action();
      return null;
    } catch (error: unknown) {
      const wait = retryAfter(error);
      // The seconds are counted down on the button; the server's words would stay where they began.
      this.words.set(wait > 0 ? 'Too many attempts. Wait a moment, then try again.' : errorMessage(error));
      this.countDown(wait);
      return error;
    } finally {
      this.sending.set(false);
    }
  }

  /** Takes the words back: the form asks in its own way. */
  clear(): void {
    this.words.set('');
  }

  private countDown(seconds: number): void {
    if (seconds <= 0) return;
    const end = Date.now() + seconds * 1000;
    const tick = (): void => {
      this.seconds.set(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
      if (this.seconds() > 0) return;
      clearInterval(this.timer);
      this.words.set('');
    };
    tick();
    this.timer = setInterval(tick, 1000);
  }
}
