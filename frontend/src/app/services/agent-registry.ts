import { Injectable, computed, inject, signal } from '@angular/core';

import { Agent } from '../models/models';
import { AgentsApi } from './agents-api';
import { Notices } from './notices.service';

/** The team's agents, as far as all of the team may know: whom one can ask, and who answers in new sessions. */
@Injectable({ providedIn: 'root' })
export class AgentRegistry {
  private readonly api = inject(AgentsApi);
  private readonly notices = inject(Notices);
  private readonly list = signal<readonly Agent[] | null>(null);
  private readonly pickedId = signal<string | null>(null);

  /** null: not known yet. */
  readonly agents = this.list.asReadonly();
  readonly enabled = computed(() => (this.list() ?? []).filter((one) => one.enabled && !one.unavailable));
  /** Whoever was picked for new sessions, while it can answer. */
  readonly picked = computed(() => this.enabled().find(({ id }) => id === this.pickedId()) ?? null);
  /** Who answers in a session that is made now: where nobody was picked, the server takes the first one too. */
  readonly forNew = computed(() => this.picked() ?? this.enabled()[0] ?? null);

  /** Asks for the list, which may have changed meanwhile. What went wrong is told as a notice. */
  async load(): Promise<void> {
    try {
      this.list.set(await this.api.agents());
    } catch (error: unknown) {
      this.notices.add(error);
    }
  }

  find(id: string | null | undefined): Agent | null {
    return this.list()?.find((agent) => agent.id === id) ?? null;
  }

  /** New sessions are answered by this agent from now on, as long as the page is open. */
  pick(id: string): void {
    this.pickedId.set(id);
  }
}
