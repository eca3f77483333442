import { Injectable, signal } from '@angular/core';

/** What is open on a screen too small to show everything at once. */
@Injectable({ providedIn: 'root' })
export class Layout {
  readonly sessionsOpen = signal(false);
}
