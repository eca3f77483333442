import { Session } from '../app/models/models';

/** A session as the API tells of it. */
export function session(id: string, fields: Partial<Session> = {}): Session {
  return {
    id,
    title: `Session ${id}`,
    archived: false,
    head: 0,
    created_at: '2026-03-14T09:00:00Z',
    updated_at: '2026-03-14T09:00:00Z',
    last_run: null,
    status: fields.last_run?.status ?? null,
    owner: 'Mara',
    owner_is_service: false,
    mine: true,
    shared: false,
    may_change: true,
    agent: { id: 'agent-1', name: 'Document agents', avatar: null, state: 'ready' },
    tags: [],
    priority: 'normal',
    metadata: {},
    kept: false,
    removed_at: null,
    findings: [],
    snippets: [],
    watchable_until: null,
    ...fields,
  };
}
