import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import { listPauses, pauseAgent, pauseTeam, resumeAgent, resumeTeam } from '../models/functions';
import { NewPause, Pause } from '../models/models';

/** The part of the HTTP API about paused agents and a paused team. Each call answers with all that is paused by then. */
@Injectable({ providedIn: 'root' })
export class PausesApi {
  private readonly api = inject(Api);

  async list(): Promise<Pause[]> {
    return (await this.api.invoke(listPauses)).pauses;
  }

  /** null: everything of the team. */
  async pause(agent_id: string | null, body: NewPause): Promise<Pause[]> {
    const paused =
      agent_id === null ? this.api.invoke(pauseTeam, { body }) : this.api.invoke(pauseAgent, { agent_id, body });
    return (await paused).pauses;
  }

  async resume(agent_id: string | null): Promise<Pause[]> {
    const resumed = agent_id === null ? this.api.invoke(resumeTeam) : this.api.invoke(resumeAgent, { agent_id });
    return (await resumed).pauses;
  }
}
