import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';

import { errorCode, errorMessage, isAway } from '../live/api-error';
import { ServerReach } from './server-reach.service';

export interface Notice {
  readonly id: number;
  readonly text: string;
  /** Whether it is true only while the server cannot be reached. */
  readonly passing: boolean;
  /** When it was first shown, by `performance.now()`. */
  readonly since: number;
}

/** How long a notice can be read at least, in milliseconds. */
const READING = 6000;

/** What went wrong and is not shown where it happened. Stays until it is dismissed or no longer true. */
@Injectable({ providedIn: 'root' })
export class Notices {
  private readonly reach = inject(ServerReach);
  private readonly list = signal<readonly Notice[]>([]);
  private last = 0;
  /** Whether the page itself says that the server is away: then nothing repeats it. */
  readonly saidByPage = signal(false);
  readonly all = computed(() => this.list().filter(({ passing }) => !passing || !this.saidByPage()));

  constructor() {
    effect(() => {
      if (!this.reach.away()) untracked(() => this.clearPassing());
    });
  }

  add(error: unknown): void {
    // Whoever is signed out is led to where that is said.
    if (errorCode(error) === 'signed_out') return;
    const notice = { id: ++this.last, text: errorMessage(error), passing: isAway(error), since: performance.now() };
    this.list.update((list) => [...list.filter(({ text }) => text !== notice.text), notice].slice(-3));
  }

  dismiss(id: number): void {
    this.list.update((list) => list.filter((notice) => notice.id !== id));
  }

  private clearPassing(): void {
    for (const { id, passing, since } of this.list()) {
      if (passing) setTimeout(() => this.dismiss(id), Math.max(0, since + READING - performance.now()));
    }
  }
}
