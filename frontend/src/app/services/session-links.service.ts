import { Injectable, computed, inject, signal } from '@angular/core';

import { SpectatorLink } from '../models/models';
import { Clock } from './clock.service';
import { TeamApi } from './team-api';

/** The links by which others watch the session that is open. */
@Injectable({ providedIn: 'root' })
export class SessionLinks {
  private readonly api = inject(TeamApi);
  private readonly clock = inject(Clock);
  private readonly list = signal<readonly SpectatorLink[]>([]);
  private asked = '';

  /** Those that work now. */
  readonly count = computed(
    () => this.list().filter(({ expires_at }) => Date.parse(expires_at) > this.clock.now()).length,
  );

  /** Rejects with the API's error. */
  async load(sessionId: string): Promise<void> {
    if (sessionId !== this.asked) this.list.set([]);
    this.asked = sessionId;
    const links = await this.api.links(sessionId);
    if (sessionId === this.asked) this.list.set(links);
  }
}
