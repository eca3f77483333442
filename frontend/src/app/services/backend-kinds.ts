import { Injectable, inject, signal } from '@angular/core';

import { BackendKind } from '../models/models';
import { AgentsApi } from './agents-api';

/** The kinds of agents that can be registered at this server. Asked once. */
@Injectable({ providedIn: 'root' })
export class BackendKinds {
  private readonly api = inject(AgentsApi);
  private readonly known = signal<readonly BackendKind[]>([]);
  private asked: Promise<readonly BackendKind[]> | null = null;

  /** Rejects when the server cannot be reached; asking again then asks the server again. */
  load(): Promise<readonly BackendKind[]> {
    this.asked ??= this.api.kinds().then(
      (kinds) => {
        this.known.set(kinds);
        return kinds;
      },
      (error: unknown) => {
        this.asked = null;
        throw error;
      },
    );
    return this.asked;
  }

  label(name: string): string {
    return this.find(name)?.label ?? name;
  }

  find(name: string): BackendKind | null {
    return this.known().find((kind) => kind.name === name) ?? null;
  }
}
