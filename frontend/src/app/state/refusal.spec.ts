import refusals from '../../../../tests/fixtures/refusals.json';
import { step } from '../../testing/events';
import { fold } from './fold';
import { isRefused } from './refusal';
import { emptyState } from './session-state';

function refused(details: string, more = {}): boolean {
  const event = step(1, 0, { activity_id: 'a', kind: 'tool', action: 'rm', status: 'failed', details, ...more });
  const activity = fold(emptyState(), [event]).activities.at(0);
  return activity !== undefined && isRefused(activity);
}

describe('a call that was refused', () => {
  // As the server says it: tests/utils/sessions/test_approval_rule.py compares.
  it.each(refusals)('is known by what the server said: %s', (words) => {
    expect(refused(words)).toBe(true);
  });

  it.each(['The server refused the connection.', 'A rule refuses calls of rm.', 'Rule “A” was changed.'])(
    'is not what failed by itself: %s',
    (words) => {
      expect(refused(words)).toBe(false);
    },
  );

  it('is a call of a tool, and has failed', () => {
    const [words = ''] = refusals;
    expect(refused(words, { kind: 'step' })).toBe(false);
    expect(refused(words, { status: 'completed' })).toBe(false);
  });
});
