import { exampleLog, message, step } from '../../testing/events';
import { FeedLine, FeedLines, FeedView, feedLine } from './feed';
import { LoggedEvent } from './events';
import { fold } from './fold';
import { activityKey, emptyState } from './session-state';
import { NO_FILTER, StepFilter } from './step-filter';

const all = (lines: FeedLines): readonly FeedLine[] => lines.slice(0, lines.length);

describe('the feed', () => {
  const state = fold(emptyState(), exampleLog);
  const shown = (filter: Partial<StepFilter>) => all(new FeedView().show(state.log, { ...NO_FILTER, ...filter }));

  it('has a line with words for every event', () => {
    expect(shown({})).toHaveLength(exampleLog.length);
    for (const line of shown({})) expect(line.text, `event ${line.seq}`).not.toBe('');
  });

  it('has a line also for what only a newer server knows', () => {
    const event = { ...exampleLog[0], seq: 1, type: 'agentNote', agent_name: 'Writer Agent' } as unknown as LoggedEvent;
    expect(feedLine(event)).toMatchObject({
      seq: 1,
      kind: 'agentNote',
      agent: 'Writer Agent',
      text: 'Reload the page to see this event.',
    });
    expect(fold(emptyState(), [event]).cursor).toBe(1);
  });

  it('tells reasoning from an answer, and leads to its step', () => {
    const thought = { channel: 'reasoning', activity_id: 'w' } as const;
    expect(feedLine(message(1, 't', { ...thought, delta: 'Hm.' }))).toMatchObject({
      kind: 'reasoning',
      text: 'Hm.',
      stepKey: activityKey('r', 'w'),
    });
    expect(feedLine(message(1, 't', { ...thought, delta: '' })).text).toBe('Reasoning');
    expect(feedLine(message(1, 't', { ...thought, final: true })).text).toBe('Reasoning finished');
    expect(feedLine(message(1, 't', { delta: '84.' }))).toMatchObject({ kind: 'message', stepKey: null });
  });

  it('filters by agent, kind and status together', () => {
    const lines = shown({ agent: 'Document Agent', kind: 'tool', status: 'failed' });
    expect(lines.map(({ text }) => text)).toEqual(['Read passengers.csv']);
  });

  it('searches in what is shown, whatever the case', () => {
    expect(shown({ search: 'PAGE 20' }).map(({ details }) => details)).toEqual(['Page 20 of 41']);
    expect(shown({ search: 'no such words' })).toEqual([]);
  });

  it('shows the same as filtering everything again, however the log has grown', () => {
    const filter = { ...NO_FILTER, agent: 'Research Agent' };
    const view = new FeedView();
    let growing = emptyState();
    for (const event of exampleLog) {
      growing = fold(growing, [event]);
      const every = growing.log.toArray().map(feedLine);
      expect(all(view.show(growing.log, filter))).toEqual(every.filter((line) => line.agent === 'Research Agent'));
    }
  });

  it('has times that do not run backwards within a run, whichever lines are shown', () => {
    const events = [
      step(1, 300, { activity_id: 'a', agent_name: 'Crew' }),
      step(2, 100, { activity_id: 'b' }),
      step(3, 200, { activity_id: 'c', run_id: 'other' }),
      step(4, 400, { activity_id: 'd' }),
    ];
    const { log } = fold(emptyState(), events);
    const times = (agent: string): number[] =>
      all(new FeedView().show(log, { ...NO_FILTER, agent })).map(({ at }) => at % 1000);
    expect(times('')).toEqual([300, 300, 200, 400]);
    expect(times('Research Agent')).toEqual([300, 200, 400]);
  });

  it('reads Markdown as words', () => {
    const text = (delta: string): string => feedLine(message(1, 'm', { delta })).text;
    expect(text('## By **Marit Aune**, `1930`')).toBe('By Marit Aune, 1930');
  });

  it('keeps what it has shown as it was, when the log grows', () => {
    const view = new FeedView();
    const before = view.show(fold(emptyState(), exampleLog.slice(0, 3)).log, NO_FILTER);
    const after = view.show(state.log, NO_FILTER);
    expect([before.slice(0, 100).length, after.length]).toEqual([3, exampleLog.length]);
  });

  it('begins anew with another filter', () => {
    const view = new FeedView();
    view.show(state.log, NO_FILTER);
    expect(view.show(state.log, { ...NO_FILTER, kind: 'handoff' })).toHaveLength(1);
  });
});
