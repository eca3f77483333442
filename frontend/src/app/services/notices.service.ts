import { Injectable, signal } from '@angular/core';

import { errorCode, errorMessage } from '../live/api-error';

export interface Notice {
  readonly id: number;
  readonly text: string;
}

/** What went wrong and is not shown where it happened. Stays until it is dismissed. */
@Injectable({ providedIn: 'root' })
export class Notices {
  private readonly list = signal<readonly Notice[]>([]);
  private last = 0;
  readonly all = this.list.asReadonly();

  add(error: unknown): void {
    // Whoever is signed out is led to where that is said.
    if (errorCode(error) === 'signed_out') return;
    const text = errorMessage(error);
    this.list.update((list) => [...list.filter((notice) => notice.text !== text), { id: ++this.last, text }].slice(-3));
  }

  dismiss(id: number): void {
    this.list.update((list) => list.filter((notice) => notice.id !== id));
  }
}
