import { emptyState } from './session-state';
import { fold } from './fold';
import { LoggedEvent } from './events';
import { canTell, runToTell, tellTitle } from './steer-words';
import { receipt } from './told-words';
import { clockTime } from './format';
import { conversation } from './conversation';

const AT = '2026-03-14T12:03:00.000Z';

function told(delivery: string, seq: number, more = {}): LoggedEvent {
  return {
    type: 'userMessage',
    session_id: 's',
    run_id: 'run-1',
    seq,
    time: AT,
    message_id: 'm1',
    author: 'Ada',
    text: 'Only this winter.',
    delivery,
    ...more,
  } as LoggedEvent;
}

function run(status: string, seq: number, more = {}): LoggedEvent {
  return { type: 'runUpdate', session_id: 's', run_id: 'run-1', seq, time: AT, status, ...more } as LoggedEvent;
}

describe('messages to the agents at work', () => {
  const asked = [run('queued', 1, { question: 'How full was she?' }), run('running', 2, { attempt: 1 })];

  it('stand in their run once, as they are now', () => {
    const state = fold(emptyState(), [...asked, told('queued', 3)]);
    expect(state.runs.get('run-1')?.told).toEqual([
      {
        id: 'm1',
        author: 'Ada',
        text: 'Only this winter.',
        delivery: 'queued',
        reason: null,
        at: Date.parse(AT),
        settledAt: null,
      },
    ]);
    const later = fold(state, [told('steered', 4)]).runs.get('run-1')?.told;
    expect(later?.map(({ delivery, settledAt }) => [delivery, settledAt])).toEqual([['steered', Date.parse(AT)]]);
  });

  it('are part of the conversation of a run without a question', () => {
    const state = fold(emptyState(), [run('running', 1), told('queued', 2)]);
    expect(conversation(state).map((turn) => turn.run.told.length)).toEqual([1]);
  });

  it('say what became of them', () => {
    const words = (delivery: string, more = {}): string => {
      const [one] = fold(emptyState(), [...asked, told(delivery, 3, more)]).runs.get('run-1')?.told ?? [];
      return one ? receipt(one) : '';
    };
    expect(words('queued')).toBe('Waiting to be read');
    expect(words('steered')).toBe(`Read by the agents at ${clockTime(Date.parse(AT)).slice(0, 5)}`);
    expect(words('next-turn', { reason: 'Too late.' })).toBe('Asked next');
    expect(words('refused', { reason: 'The run failed.' })).toBe('Not read: The run failed.');
  });

  it('are for the run that is answered, or for one that a program reports', () => {
    const [ours] = fold(emptyState(), asked).runs.values();
    expect(ours && runToTell([ours])).toBe(ours);
    const [reported] = fold(emptyState(), [run('running', 1)]).runs.values();
    expect(reported && runToTell([reported])).toBe(reported);
    expect(reported && canTell(reported, null)).toBe('best-effort');
    const [over] = fold(emptyState(), [...asked, run('completed', 3)]).runs.values();
    expect(over && runToTell([over])).toBeNull();
  });

  it('say beforehand where nobody reads them', () => {
    const [ours] = fold(emptyState(), asked).runs.values();
    const can = {
      stream: 'no',
      stop: 'no',
      pause: 'no',
      steer: 'no',
      approve: 'no',
      read_documents: 'no',
      rerun: 'no',
      hold_tools: 'no',
    } as const;
    expect(ours && canTell(ours, { name: 'Crew', can })).toBe('no');
    expect(ours && tellTitle(ours, { name: 'Crew', can })).toContain('Crew reads no messages');
    expect(ours && canTell(ours, null)).toBeNull();
  });
});
