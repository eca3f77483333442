import { Injectable, signal } from '@angular/core';

import { AgentColour, agentColour } from '../state/agent-colour';

/** The colours of the agents in the session that is open. */
@Injectable({ providedIn: 'root' })
export class AgentColours {
  private readonly given = signal<ReadonlyMap<string, AgentColour>>(new Map());

  use(colours: ReadonlyMap<string, AgentColour>): void {
    this.given.set(colours);
  }

  /** The class that has the agent's colour as `--c`. */
  look(agent: string): string {
    return `c-${this.given().get(agent) ?? agentColour(agent)}`;
  }
}
