import { Injectable, signal } from '@angular/core';

/** What is open on a screen too small to show everything at once. */
@Injectable({ providedIn: 'root' })
export class Layout {
  private readonly query = matchMedia('(max-width: 960px)');
  private readonly small = signal(this.query.matches);
  /** The same width as in the media queries of the styles. */
  readonly phone = this.small.asReadonly();
  readonly sessionsOpen = signal(false);

  constructor() {
    this.query.addEventListener('change', (event) => this.small.set(event.matches));
  }
}
