import { Approval } from '../app/models/models';

const APPROVAL: Approval = {
  id: 'approval-1',
  session_id: 's',
  session_title: 'Winter berths',
  run_id: null,
  activity_id: 'a',
  parent_id: null,
  agent_name: 'Berth agent',
  action: 'Delete bookings',
  question: 'May I delete them?',
  context: null,
  choices: [
    { id: 'approve', label: 'Approve', form: true },
    { id: 'reject', label: 'Reject', form: false },
  ],
  form: null,
  deciders: [],
  administrators: false,
  expires_at: null,
  on_expiry: null,
  status: 'open',
  choice: null,
  values: null,
  comment: null,
  decided_by: null,
  via: null,
  decided_at: null,
  created_at: '2026-03-14T09:00:00Z',
  may_decide: true,
  waits_for: [],
  snoozed_until: null,
};

/** An approval that waits, which differs in some fields. */
export function approval(other: Partial<Approval> = {}): Approval {
  return { ...APPROVAL, ...other };
}
