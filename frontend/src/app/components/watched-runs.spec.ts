import { TestBed } from '@angular/core/testing';
import { Title } from '@angular/platform-browser';

import { find, words } from '../../testing/dom';
import { exampleLog, runUpdate, step } from '../../testing/events';
import { SessionHarness } from '../../testing/session-harness';
import { Run } from '../models/models';

describe('the run on display', () => {
  let page: SessionHarness;
  let element: HTMLElement;

  beforeEach(() => {
    sessionStorage.clear();
    page = new SessionHarness();
    ({ element } = page);
  });

  it('shows the newest run, lets an earlier one be picked, and goes on to one that begins', async () => {
    await page.open(exampleLog);
    expect(TestBed.inject(Title).getTitle()).toBe('Harbour · Ringside');
    await page.press(page.button('Earlier run'));
    await page.press(page.button('Earlier run'));
    expect(page.strip()).toBe('Finished');
    expect(words(element.querySelector('.run-picker'))).toBe('Run 1 of 3');
    const next = runUpdate(exampleLog.length + 1, 0, { status: 'queued', question: 'And in spring?' });
    await page.send({ ...next, run_id: 'run-3' });
    expect(page.strip()).toBe('Queued');
    expect(words(element.querySelector('.run-picker'))).toBe('Run 4 of 4');
  });

  it('stays with the run that works, and lets questions that wait be withdrawn', async () => {
    await page.open([
      { ...runUpdate(1, 0, { status: 'queued', question: 'Who?' }), run_id: 'a' },
      { ...runUpdate(2, 1, { status: 'running', attempt: 1, phase: 'Reading' }), run_id: 'a' },
    ]);
    await page.send({ ...runUpdate(3, 2, { status: 'queued', question: 'When?' }), run_id: 'b' });
    await page.send({ ...runUpdate(4, 3, { status: 'queued', question: 'Where?' }), run_id: 'c' });
    const stop = (): string | undefined =>
      [...element.querySelectorAll('.session-header .button')].map(words).find((text) => text.startsWith('Stop'));
    const queue = (): string[] => [...element.querySelectorAll('app-queued-questions li')].map(words);
    expect([page.strip(), stop(), queue()]).toEqual(['Reading', 'Stop', ['When? Withdraw', 'Where? Withdraw']]);
    page.button('Withdraw “When?”').click();
    page.http.expectOne('/api/runs/b/cancel?session_id=harbour').flush({});
    await page.send({ ...runUpdate(5, 4, { status: 'cancelled' }), run_id: 'b' });
    expect([page.strip(), queue()]).toEqual(['Reading', ['When? Withdrawn', 'Where? Withdraw']]);
    expect(find(element, 'app-composer textarea', HTMLTextAreaElement).value).toBe('When?');
    await page.press(page.button('Later run'));
    expect(stop()).toBe('Stop run 1');
    await page.send({ ...runUpdate(6, 5, { status: 'completed' }), run_id: 'a' });
    expect([page.strip(), stop(), queue()]).toEqual(['Queued', 'Stop', []]);
  });

  it('is paused and resumed, and says who has paused it', async () => {
    await page.open([
      { ...runUpdate(1, 0, { status: 'queued', question: 'Who?' }), run_id: 'a' },
      { ...runUpdate(2, 1, { status: 'running', attempt: 1, phase: 'Reading' }), run_id: 'a' },
    ]);
    await page.press(page.button('Pause'));
    page.http.expectOne('/api/runs/a/pause?session_id=harbour').flush({});
    const paused = { reason: 'Paused by Ada.', paused: true };
    await page.send({ ...runUpdate(3, 2, { status: 'running', ...paused }), run_id: 'a' });
    expect(page.strip()).toBe('Pausing…');
    await page.send({ ...runUpdate(4, 3, { status: 'waiting', ...paused }), run_id: 'a' });
    expect(page.strip()).toBe('Paused');
    expect(words(element.querySelector('.progress-strip'))).toMatch(/Paused by Ada, \d+ days ago/);
    await page.press(page.button('Resume'));
    page.http.expectOne('/api/runs/a/resume?session_id=harbour').flush({});
    await page.send({ ...runUpdate(5, 4, { status: 'waiting', paused: false }), run_id: 'a' });
    await page.send({ ...runUpdate(6, 5, { status: 'running' }), run_id: 'a' });
    expect(page.strip()).toBe('Reading');
    expect(page.button('Pause').disabled).toBe(false);
  });

  it('lets questions that wait be put in another order by the arrow keys', async () => {
    await page.open([
      { ...runUpdate(1, 0, { status: 'queued', question: 'Who?' }), run_id: 'a' },
      { ...runUpdate(2, 1, { status: 'running', attempt: 1 }), run_id: 'a' },
      { ...runUpdate(3, 2, { status: 'queued', question: 'When?' }), run_id: 'b' },
      { ...runUpdate(4, 3, { status: 'queued', question: 'Where?' }), run_id: 'c' },
    ]);
    const queue = (): string[] => [...element.querySelectorAll('app-queued-questions li .clip')].map(words);
    const handle = page.button('Move “Where?”, 2 of 2');
    handle.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp' }));
    const sent = page.http.expectOne('/api/sessions/harbour/queue');
    expect(sent.request.body).toEqual({ runs: ['c', 'b'] });
    sent.flush(null);
    await page.send({ ...runUpdate(5, 4, { status: 'queued', place: 1 }), run_id: 'c' });
    await page.send({ ...runUpdate(6, 5, { status: 'queued', place: 2 }), run_id: 'b' });
    expect(queue()).toEqual(['Where?', 'When?']);
    await page.send({ ...runUpdate(7, 6, { status: 'completed' }), run_id: 'a' });
    expect([page.strip(), queue()]).toEqual(['Queued', ['When?']]);
  });

  it('asks the program that reports a run to stop it', async () => {
    const last_run = { id: 'r', status: 'running', reported: true, cancel_requested: false, question: 'Who?' } as Run;
    await page.open([runUpdate(1, 0, { status: 'running', question: 'Who?' })], { last_run });
    const stop = find(element, '.session-header button[title^="The program"]', HTMLButtonElement);
    await page.press(stop);
    page.http.expectOne('/api/runs/r/cancel?session_id=harbour').flush({});
    await page.fixture.whenStable();
    expect([words(stop), stop.disabled]).toEqual(['Asked to stop', true]);
    await page.send(runUpdate(2, 1, { status: 'cancelled' }));
    expect(words(element.querySelector('.session-header'))).not.toContain('stop');
  });

  it('offers no Stop for what agents elsewhere do, where nobody would hear of it', async () => {
    await page.open([runUpdate(1, 0, { status: 'running', question: 'Who?' })]);
    expect([...element.querySelectorAll('.session-header .button')].map(words)).not.toContain('Stop');
  });

  it('leads from a failed event in the feed to its step in its run, and lets go of the newest', async () => {
    await page.open([
      ...exampleLog,
      { ...runUpdate(exampleLog.length + 1, 0, { status: 'running', attempt: 1 }), run_id: 'now' },
    ]);
    const follow = (): string | null | undefined => element.querySelector('.follow')?.getAttribute('aria-pressed');
    expect(follow()).toBe('true');
    find(element, '#tab-feed', HTMLButtonElement).click();
    await page.fixture.whenStable();
    const failed = [...element.querySelectorAll<HTMLButtonElement>('.line')].find(
      (line) => !line.disabled && words(line).includes('failed'),
    );
    failed?.click();
    find(element, '#tab-timeline', HTMLButtonElement).click();
    await page.fixture.whenStable();
    expect(words(element.querySelector('.row.selected'))).toContain('failed');
    expect(words(element.querySelector('.run-picker'))).toMatch(/^Run 1 of/);
    await page.press(page.button('Later run'));
    while (!page.button('Later run').disabled) {
      await page.press(page.button('Later run'));
    }
    expect(follow()).toBe('false');
  });

  it('leads from a question to the timeline of its run, wherever one is, and keeps every link in its place', async () => {
    await page.open(exampleLog);
    const found = (): HTMLButtonElement[] =>
      [...element.querySelectorAll<HTMLButtonElement>('.turn > .link')].filter((link) =>
        words(link).includes('activity'),
      );
    const links = found();
    await page.press(find(element, '#tab-feed', HTMLButtonElement));
    await page.press(links[0]);
    expect(words(element.querySelector('.phone-tabs [aria-current]'))).toBe('Activity');
    expect(words(element.querySelector('[role=tab][aria-selected=true]'))).toBe('Timeline');
    expect(words(element.querySelector('.run-picker'))).toMatch(/^Run 1 of/);
    expect(found()).toEqual(links);
    expect(links.map((link) => link.getAttribute('aria-current'))).toEqual(['true', null]);
  });

  it('opens, where nobody has asked anything, on the activity that there is', async () => {
    const tab = (): string => words(element.querySelector('.phone-tabs [aria-current]'));
    await page.open([step(1, 0, { activity_id: 'a', run_id: null })]);
    expect(tab()).toBe('Activity');
  });
});
