import { Approval } from '../models/models';
import { step } from '../../testing/events';
import { approvalIds, decisionWords, expiryWords } from './approval-words';
import { fold } from './fold';
import { emptyState } from './session-state';

const CHOICES = [
  { id: 'approve', label: 'Approve' },
  { id: 'reject', label: 'Reject' },
];
const ASKED = {
  activity_id: 'a',
  kind: 'approval',
  status: 'waiting',
  input: { approval_id: 'x', choices: CHOICES },
} as const;

describe('approvals in a log', () => {
  const asked = fold(emptyState(), [step(1, 0, ASKED), step(2, 0, { activity_id: 'b', status: 'waiting' })]);

  it('are those that wait, until their step has ended', () => {
    expect(approvalIds(asked.undecided)).toEqual(['x']);
    const decided = fold(asked, [step(3, 1, { activity_id: 'a', kind: 'approval', status: 'completed' })]);
    expect(approvalIds(decided.undecided)).toEqual([]);
    expect(approvalIds(asked.undecided)).toEqual(['x']);
  });

  it('tell what was decided, by whom and why', () => {
    const words = (output: object) => {
      const { activities } = fold(asked, [
        step(3, 1, { activity_id: 'a', kind: 'approval', status: 'completed', output }),
      ]);
      const found = activities.at(0);
      return found ? decisionWords(found) : null;
    };
    expect(words({ choice: 'reject', decided_by: 'Ada', comment: 'Not yet.' })).toBe('“Reject”, by Ada: Not yet.');
    expect(words({ choice: 'approve', via: 'expiry' })).toBe('“Approve”, as the time was over');
    expect(words({})).toBe('');
  });

  it('say until when they may be decided, and what counts then', () => {
    const now = Date.parse('2026-03-14T09:00:00');
    const approval = {
      expires_at: '2026-03-14T10:30:00',
      on_expiry: 'reject',
      choices: CHOICES,
    } as unknown as Approval;
    expect(expiryWords(approval, now)).toBe('Until 10:30; then “Reject” counts.');
    expect(expiryWords({ ...approval, on_expiry: null }, now)).toBe('Until 10:30; then the step fails.');
    expect(expiryWords({ ...approval, expires_at: null }, now)).toBe('');
  });
});
