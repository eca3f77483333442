import { Injectable, computed, signal } from '@angular/core';

const TICK = 250;
const NOTICEABLE = 100;

/** The server's time, for everything on the screen that counts. Ticks four times a second, and only while asked to. */
@Injectable({ providedIn: 'root' })
export class Clock {
  private readonly offset = signal(0);
  private readonly local = signal(Date.now());
  private timer: ReturnType<typeof setInterval> | undefined;

  readonly now = computed(() => this.local() + this.offset());

  /** A moment of the server's clock that is known to be now. */
  sync(serverTime: number): void {
    this.offset.set(serverTime - Date.now());
  }

  /** A moment that is past by the server's clock: it is not ahead of now, nor far ahead of what is shown as now. */
  notBefore(serverTime: number): void {
    const behind = serverTime - (Date.now() + this.offset());
    if (behind > 0) this.offset.update((offset) => offset + behind);
    if (serverTime - this.now() > NOTICEABLE) this.local.set(Date.now());
  }

  run(running: boolean): void {
    if (running === (this.timer !== undefined)) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.local.set(Date.now());
    if (running) this.timer = setInterval(() => this.local.set(Date.now()), TICK);
  }
}
