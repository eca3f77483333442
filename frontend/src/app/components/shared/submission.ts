import { DestroyRef, inject, signal } from '@angular/core';

import { errorMessage, isTooOften, retryAfter } from '../../live/api-error';
import { moment } from '../../state/format';

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
      // The time is counted down on the button; the server's words would stay where they began.
      this.words.set(isTooOften(error) && wait > 0 ? waitWords(wait) : errorMessage(error));
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

function waitWords(seconds: number): string {
  if (seconds < 60) return $localize`Too many attempts. Wait a moment, then try again.`;
  // Rounded up: who comes at that minute is let in.
  const at = Math.ceil((Date.now() + seconds * 1000) / 60_000) * 60_000;
  return $localize`Too many attempts. Try again at ${moment(at, Date.now())}:time:.`;
}
