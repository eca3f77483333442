import { Finding } from '../app/models/models';

/** A finding as the API tells of it. */
export function finding(fields: Partial<Finding> = {}): Finding {
  return {
    id: 'finding-1',
    session_id: 's',
    session_title: 'Winter berths',
    run_id: 'run-1',
    activity_id: 'a',
    agent_name: 'Scout',
    code: 'repeats',
    sentence: 'Called search(“tide”) 3 times with the same answer.',
    evidence: [{ seq: 7, quote: 'search(“tide”) → “high”' }],
    found_at: '2026-03-14T09:00:00Z',
    over_at: null,
    dismissed_at: null,
    dismissed_by: null,
    may_dismiss: true,
    stoppable: true,
    ...fields,
  };
}
