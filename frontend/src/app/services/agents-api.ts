import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import {
  changeAgent,
  createAgent,
  deleteAgent,
  deleteAvatar,
  listAgents,
  listKinds,
  putAvatar,
  readAgent,
  testAgent,
  testNewAgent,
} from '../models/functions';
import {
  Agent,
  AgentChange,
  AgentDetail,
  AgentPage,
  AgentTest,
  AgentTrial,
  BackendKind,
  NewAgent,
} from '../models/models';

/** As many as the server gives at once. */
const PAGE = 200;

/** The part of the HTTP API about the team's agents. Rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class AgentsApi {
  private readonly api = inject(Api);

  /** All of them, a page at a time. */
  async agents(): Promise<Agent[]> {
    const agents: Agent[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: AgentPage = await this.api.invoke(listAgents, {
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      agents.push(...page.agents);
      cursor = page.next_cursor;
    }
    return agents;
  }

  async kinds(): Promise<readonly BackendKind[]> {
    return (await this.api.invoke(listKinds)).kinds;
  }

  /** With what only administrators see of it. */
  agent(agent_id: string): Promise<AgentDetail> {
    return this.api.invoke(readAgent, { agent_id });
  }

  create(body: NewAgent): Promise<AgentDetail> {
    return this.api.invoke(createAgent, { body });
  }

  change(agent_id: string, body: AgentChange): Promise<AgentDetail> {
    return this.api.invoke(changeAgent, { agent_id, body });
  }

  test(agent_id: string): Promise<AgentTest> {
    return this.api.invoke(testAgent, { agent_id });
  }

  /** As it would be stored. */
  testNew(body: AgentTrial): Promise<AgentTest> {
    return this.api.invoke(testNewAgent, { body });
  }

  async remove(agent_id: string): Promise<void> {
    await this.api.invoke(deleteAgent, { agent_id });
  }

  setAvatar(agent_id: string, file: Blob): Promise<AgentDetail> {
    return this.api.invoke(putAvatar, { agent_id, body: { file } });
  }

  removeAvatar(agent_id: string): Promise<AgentDetail> {
    return this.api.invoke(deleteAvatar, { agent_id });
  }
}
