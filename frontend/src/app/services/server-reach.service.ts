import { Injectable, signal } from '@angular/core';

/** Milliseconds after which it is told that the server is away: one that is started again is back before. */
const PATIENCE = 3000;

/** Whether the server can be reached. Every request tells, and so does the live stream. */
@Injectable({ providedIn: 'root' })
export class ServerReach {
  private readonly lost = signal(false);
  private readonly last = signal<number | null>(null);
  private readonly told = signal(false);
  private timer: ReturnType<typeof setTimeout> | undefined;
  readonly away = this.lost.asReadonly();
  /** Whether it is away for longer than a moment, or was when the page was opened. */
  readonly gone = this.told.asReadonly();
  /** When it was heard last, in milliseconds since 1970; null: not since the page was opened. */
  readonly heardAt = this.last.asReadonly();

  heard(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.last.set(Date.now());
    this.lost.set(false);
    this.told.set(false);
  }

  missed(): void {
    this.lost.set(true);
    if (this.last() === null) this.told.set(true);
    else this.timer ??= setTimeout(() => this.told.set(true), PATIENCE);
  }
}
