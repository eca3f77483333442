import { activityKey } from './session-state';
import { spanOf } from './span';

describe('the span of a step', () => {
  const trace = '5b8efff798038103d269b633813fc60c';
  const of = (runId: string, id: string): unknown => spanOf({ key: activityKey(runId, id), runId });

  it('has the ids of its trace and its own', () => {
    expect(of(trace, 'eee19b7ec3c1b174')).toEqual({ trace, span: 'eee19b7ec3c1b174' });
  });

  it.each([
    ['run-0123456789abcdef', 'eee19b7ec3c1b174'],
    [trace, 'read-2'],
    [trace, trace],
    ['', ''],
  ])('is none for the step %o/%o', (runId, id) => {
    expect(of(runId, id)).toBeNull();
  });
});
