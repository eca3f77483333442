import kindsFixture from '../../../tests/fixtures/kinds.json';
import { AgentDetail, BackendKind } from '../app/models/models';

/** As the server tells them: tests/api/test_registry_routes.py compares. */
export const KINDS = kindsFixture as BackendKind[];

/** One that can be used. */
interface UsableAgent extends AgentDetail {
  configuration: NonNullable<AgentDetail['configuration']>;
}

/** An agent as the API tells administrators of it; the others are told part of that. */
export function agent(name: string, fields: Partial<UsableAgent> = {}): UsableAgent {
  return {
    id: `agent-${name}`,
    name,
    description: '',
    kind: 'chat',
    enabled: true,
    built_in: false,
    avatar: null,
    configuration: {
      kind: 'chat',
      source: 'own',
      base_url: 'http://models.example/v1',
      model: { name: 'tiny', temperature: null, max_tokens: null },
    },
    system_prompt: '',
    secrets: [],
    created_at: '2026-03-14T09:00:00Z',
    updated_at: '2026-03-14T09:00:00Z',
    ...fields,
  };
}

/** One that the server cannot use any more. */
export function unavailable(kind: string, why: NonNullable<AgentDetail['unavailable']>): AgentDetail {
  return { ...agent('Helper'), configuration: null, kind, unavailable: why };
}

/** The one that every team has. */
export function builtIn(fields: Partial<UsableAgent> = {}): UsableAgent {
  const configuration = {
    kind: 'documents',
    source: 'server',
    base_url: null,
    model: { name: null, temperature: null, max_tokens: null },
  } as const;
  return agent('Document agents', { id: 'agent-1', kind: 'documents', built_in: true, configuration, ...fields });
}
