import { Injectable, signal } from '@angular/core';

/** Whether the server can be reached. Every request tells, and so does the live stream. */
@Injectable({ providedIn: 'root' })
export class ServerReach {
  private readonly lost = signal(false);
  readonly away = this.lost.asReadonly();

  heard(): void {
    this.lost.set(false);
  }

  missed(): void {
    this.lost.set(true);
  }
}
