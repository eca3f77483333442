import { exampleLog, step } from '../../testing/events';
import { fold } from './fold';
import { AddressQuery, activityIdOf, addressQuery, findStep, readAddress } from './session-address';
import { activityKey, emptyState } from './session-state';
import { NO_FILTER } from './step-filter';

const read = (query: Partial<AddressQuery>) => readAddress((name) => query[name] ?? null);

describe('the address of a session', () => {
  it('says what is looked at, and is read as what was said', () => {
    const address = read({
      tab: 'graph',
      run: 'run-1',
      step: 'read/2',
      agent: 'Document Agent',
      status: 'failed',
      search: 'bow visor',
      from: '1500',
      to: '2500',
    });
    expect(address.stretch).toEqual({ from: 1500, to: 2500 });
    expect(address.filter).toEqual({ ...NO_FILTER, agent: 'Document Agent', status: 'failed', search: 'bow visor' });
    expect(readAddress((name) => addressQuery(address)[name])).toEqual(address);
  });

  it('says nothing of what is as it is at first', () => {
    expect(Object.values(addressQuery(read({ tab: 'timeline' }))).every((part) => part === null)).toBe(true);
  });

  it('takes nothing from what makes no sense', () => {
    expect(read({ tab: 'elsewhere', from: '9', to: '3' })).toEqual(read({}));
    expect(read({ from: '1e9', to: 'x' }).stretch).toBeNull();
  });

  it('finds a step by its id in the newest run that has one, or in the one that is named', () => {
    const state = fold(emptyState(), [
      step(1, 0, { run_id: 'one', activity_id: 'root' }),
      step(2, 0, { run_id: 'two', activity_id: 'root' }),
      step(3, 0, { run_id: 'one', activity_id: 'a/b' }),
    ]);
    expect(findStep(state, 'root', null)).toBe(activityKey('two', 'root'));
    expect(findStep(state, 'root', 'one')).toBe(activityKey('one', 'root'));
    expect(findStep(state, 'a/b', 'two')).toBeNull();
    const found = state.activities.at(2);
    expect(found && activityIdOf(found)).toBe('a/b');
  });

  it('knows every step of a log by the id in its events', () => {
    const state = fold(emptyState(), exampleLog);
    for (const activity of state.activities.toArray()) {
      expect(findStep(state, activityIdOf(activity), activity.runId)).toBe(activity.key);
    }
  });
});
