import { Injectable, effect, signal } from '@angular/core';

const KEPT = 'ringside.worker';

interface Kept {
  readonly source: string;
  readonly address: string;
  readonly model: string;
}

const FIRST: Kept = { source: 'server', address: 'http://localhost:11434/v1', model: '' };

/** Who answers in this browser, as its person chose it. Kept in this browser alone. */
@Injectable({ providedIn: 'root' })
export class WorkerChoice {
  private readonly kept = read();
  readonly source = signal(this.kept.source);
  readonly address = signal(this.kept.address);
  readonly model = signal(this.kept.model);

  constructor() {
    effect(() => {
      const kept: Kept = { source: this.source(), address: this.address(), model: this.model() };
      localStorage.setItem(KEPT, JSON.stringify(kept));
    });
  }
}

function read(): Kept {
  try {
    return { ...FIRST, ...(JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Partial<Kept>) };
  } catch {
    return FIRST; // somebody else has written there
  }
}
