import { TestBed } from '@angular/core/testing';
import { provideRouter, withComponentInputBinding } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';

import { find, words } from '../../../testing/dom';
import { errorOf, runUpdate, step } from '../../../testing/events';
import { session } from '../../../testing/sessions';
import { routes } from '../../app.routes';
import { Connection } from '../../live/connection';
import { LoggedEvent } from '../../state/events';
import { fold } from '../../state/fold';
import { Run, emptyState } from '../../state/session-state';
import { AgentCardsComponent } from './agent-cards.component';
import { RunAnnouncerComponent } from './run-announcer.component';
import { ConnectionBadgeComponent } from './connection-badge.component';
import { DocumentChipsComponent } from './document-chips.component';
import { RunProgressComponent } from './run-progress.component';
import { SessionHeaderComponent } from './session-header.component';
import { SharingMenuComponent } from './sharing-menu.component';
import { ShortcutsComponent } from '../shared/shortcuts.component';

async function show(
  component: Parameters<typeof TestBed.createComponent>[0],
  inputs: Record<string, unknown>,
): Promise<HTMLElement> {
  const fixture = TestBed.createComponent(component);
  for (const [name, value] of Object.entries(inputs)) fixture.componentRef.setInput(name, value);
  await fixture.whenStable();
  return fixture.nativeElement as HTMLElement;
}

function run(...events: Parameters<typeof runUpdate>[2][]): Run {
  const state = fold(
    emptyState(),
    events.map((fields, at) => runUpdate(at + 1, at * 1000, fields)),
  );
  const found = state.runs.get('r');
  if (!found) throw new Error('There is no run.');
  return found;
}

describe('the badge', () => {
  it.each<[Connection, string]>([
    [{ state: 'connecting' }, 'Connecting'],
    [{ state: 'live' }, 'Live'],
    [{ state: 'reconnecting' }, 'Reconnecting'],
    [{ state: 'polling' }, 'Polling'],
    [{ state: 'behind', missing: 1200 }, 'Behind by 1,200'],
    [{ state: 'offline' }, 'Offline'],
    [{ state: 'failed', reason: 'Ask for access.' }, 'Not connected'],
    [{ state: 'ended', reason: 'It was deleted.' }, 'Deleted'],
  ])('says of %o: %s', async (connection, text) => {
    expect(words(await show(ConnectionBadgeComponent, { connection }))).toBe(text);
  });

  it('says "Live" only to who listens, where nothing happens', async () => {
    const text = async (state: string): Promise<string | undefined> =>
      (await show(ConnectionBadgeComponent, { connection: { state }, resting: true })).querySelector('.text')
        ?.className;
    expect([await text('live'), await text('reconnecting')]).toEqual(['text clip sr', 'text clip']);
  });

  it('tells the reason to who asks', async () => {
    const element = await show(ConnectionBadgeComponent, {
      connection: { state: 'failed', reason: 'Ask for access.' },
    });
    expect(element.querySelector('.badge')?.getAttribute('title')).toBe('Ask for access.');
  });
});

describe('the progress strip', () => {
  const text = async (of: Run, stopping = false): Promise<string> =>
    words(
      await show(RunProgressComponent, {
        run: of,
        stopping,
        now: of.queuedAt + 4300,
        waitsFor: 'Waiting for a free agent',
      }),
    );

  it('tells of every state of a run', async () => {
    const running = { status: 'running', phase: 'Reading', progress: 0.15, attempt: 1 } as const;
    expect(await text(run({ status: 'queued' }))).toBe('Queued Waiting for a free agent 4.3 s');
    expect(await text(run({ status: 'queued' }, running))).toBe('Reading 3.3 s');
    expect(await text(run({ status: 'queued' }, running), true)).toBe('Stopping… 3.3 s');
    const resumed = { ...run({ status: 'queued' }, running), resumedAt: [1] };
    expect(await text(resumed)).toBe('Reading Resumed 3.3 s');
    expect(await text(run(running, { status: 'completed' }))).toBe('Finished 1.0 s');
    expect(await text(run(running, { status: 'failed', reason: 'No model.' }))).toBe('Failed No model. 1.0 s');
    expect(await text(run(running, { status: 'cancelled' }))).toBe('Stopped 1.0 s');
    expect(await text(run(running, { status: 'waiting', reason: 'An approval is needed.' }))).toBe(
      'Waiting An approval is needed. 4.3 s',
    );
    expect(await text(run(running, { status: 'waiting' }), true)).toBe('Stopping… 4.3 s');
    expect(await text(run(running, { status: 'waiting', reason: 'For n8n.' }, { status: 'running' }))).toBe(
      'Reading 4.3 s',
    );
  });

  it('tells what was said of a budget, while the run goes on', async () => {
    const events = [
      runUpdate(1, 0, { status: 'running' }),
      errorOf(2, { run_id: 'r', code: 'budget_near', message: 'Nearly.' }),
      errorOf(3, { run_id: 'r', code: 'budget_passed', message: 'This session has used it up.' }),
    ];
    const of = (all: LoggedEvent[]): Run => fold(emptyState(), all).runs.get('r') ?? expect.fail();
    expect(await text(of(events))).toContain('This session has used it up.');
    expect(await text(of([...events, runUpdate(4, 9000, { status: 'completed' })]))).not.toContain('used it up');
  });

  it('tells how far it is to assistive technology', async () => {
    const element = await show(RunProgressComponent, {
      run: run({ status: 'running', progress: 0.4 }),
      stopping: false,
      now: 0,
      waitsFor: '',
    });
    expect(element.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')).toBe('40');
  });
});

describe('the header', () => {
  const inputs = { title: 'Harbour', connection: { state: 'live' }, stops: 'Stop', stopping: false };
  const stop = (element: HTMLElement): HTMLButtonElement | undefined =>
    [...element.querySelectorAll<HTMLButtonElement>('.button')].find((button) => words(button).startsWith('Stop'));

  it('offers Stop only while something runs, and not twice', async () => {
    expect(stop(await show(SessionHeaderComponent, { ...inputs, stops: '' }))).toBeUndefined();
    expect(stop(await show(SessionHeaderComponent, inputs))?.disabled).toBe(false);
    const stopping = stop(await show(SessionHeaderComponent, { ...inputs, stops: 'Stopping…', stopping: true }));
    expect([stopping?.disabled, words(stopping)]).toEqual([true, 'Stopping…']);
  });

  it.each([{ isComposing: true }, { keyCode: 229 }])('leaves Enter to an input method (%o)', async (composing) => {
    const fixture = TestBed.createComponent(SessionHeaderComponent);
    for (const [name, value] of Object.entries(inputs)) fixture.componentRef.setInput(name, value);
    await fixture.whenStable();
    const renamed: string[] = [];
    fixture.componentInstance.renamed.subscribe((title) => renamed.push(title));
    const element = fixture.nativeElement as HTMLElement;
    element.querySelector<HTMLElement>('button.title')?.click();
    await fixture.whenStable();
    const field = element.querySelector<HTMLInputElement>('input.title');
    if (field) field.value = '港';
    field?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ...composing }));
    await fixture.whenStable();
    expect([renamed, element.querySelector('input.title')]).toEqual([[], field]);
    field?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
    expect(renamed).toEqual(['港']);
  });

  it('has Stop before what else is there, which stays in its place when Stop goes', async () => {
    const header = (await show(SessionHeaderComponent, inputs)).querySelector('header');
    const [spring, button] = [...(header?.children ?? [])].slice(-2);
    expect([spring?.className, words(button)]).toEqual(['spring', 'Stop']);
  });
});

describe('the cards', () => {
  const places = (element: HTMLElement): Element[] => [...element.querySelectorAll('.card')];

  it('stay in their places when an agent joins: it takes the first free one', async () => {
    const events = ['a', 'b'].map((agent, at) => step(at + 1, at, { activity_id: agent, agent_name: agent }));
    const agents = (count: number): unknown => fold(emptyState(), events.slice(0, count)).runs.get('r')?.agents;
    const fixture = TestBed.createComponent(AgentCardsComponent);
    fixture.componentRef.setInput('now', 0);
    fixture.componentRef.setInput('expected', 4);
    fixture.componentRef.setInput('agents', agents(1));
    await fixture.whenStable();
    const before = places(fixture.nativeElement as HTMLElement);
    fixture.componentRef.setInput('agents', agents(2));
    await fixture.whenStable();
    const after = places(fixture.nativeElement as HTMLElement);
    expect(after.map((card) => card.classList.contains('slot'))).toEqual([false, false, true, true]);
    expect([after[0], after[2], after[3]]).toEqual([before[0], before[2], before[3]]);
  });
});

describe('an address that leads nowhere', () => {
  it('is told in plain words', async () => {
    TestBed.configureTestingModule({ providers: [provideRouter(routes, withComponentInputBinding())] });
    const page = await RouterTestingHarness.create('/nowhere/at/all');
    expect(words(page.routeNativeElement?.querySelector('h1'))).toBe('Page not found');
    expect(words(page.routeNativeElement?.querySelector('p'))).toContain('mistyped');
  });
});

describe('the announcer', () => {
  it('speaks of phases and the end, not of steps', async () => {
    const begun = run({ status: 'running', phase: 'Reading' });
    const element = await show(RunAnnouncerComponent, {
      run: begun,
      stopping: false,
      waitsFor: 'Waiting for a free agent',
    });
    expect(element.textContent).toBe('Reading');
    const withStep = fold(emptyState(), [
      runUpdate(1, 0, { status: 'running', phase: 'Reading' }),
      step(2, 1, { activity_id: 'a' }),
    ]);
    expect(
      (await show(RunAnnouncerComponent, { run: withStep.runs.get('r'), stopping: false, waitsFor: '' })).textContent,
    ).toBe('Reading');
    expect(
      (await show(RunAnnouncerComponent, { run: run({ status: 'completed' }), stopping: false, waitsFor: '' }))
        .textContent,
    ).toBe('The answer is finished');
  });
});

describe('the documents at a glance', () => {
  it('are loading until it is known which there are', async () => {
    const chips = async (loading: boolean): Promise<string> =>
      words(await show(DocumentChipsComponent, { documents: [], uploads: [], loading }));
    expect([await chips(true), await chips(false)]).toEqual(['Loading documents…', 'No documents yet']);
  });

  it('can be deleted there, where they could not be read, by who may', async () => {
    const broken = { id: 'd', name: 'log.pdf', status: 'failed', error: 'It is damaged.' };
    const inputs = { documents: [broken], uploads: [] };
    const cross = (element: HTMLElement): Element | null => element.querySelector('[aria-label="Delete log.pdf"]');
    expect(cross(await show(DocumentChipsComponent, inputs))).not.toBeNull();
    expect(cross(await show(DocumentChipsComponent, { ...inputs, readOnly: true }))).toBeNull();
  });
});

describe('files that are of no use', () => {
  const broken = (id: string, error: string | null = 'It is damaged.') => ({
    id,
    name: `${id}.pdf`,
    status: 'failed',
    error,
  });
  const read = (id: string) => ({ ...broken(id, null), status: 'read', pages: 2, notes: [] });
  const told = (element: HTMLElement): string =>
    [...element.querySelectorAll('.problems p')].map(({ textContent }) => textContent.trim()).join(' ');

  it('are told with the reason, while they are few', async () => {
    const upload = { id: 1, name: 'b.exe', size: 9, progress: 0, error: 'This kind of file cannot be read.' };
    const element = await show(DocumentChipsComponent, { documents: [broken('a')], uploads: [upload] });
    expect(told(element)).toBe('a.pdf: It is damaged. b.exe: This kind of file cannot be read.');
  });

  it('are told each with the reason where they are more, those of one reason together', async () => {
    const other = broken('e', 'e.pdf has no text.');
    const element = await show(DocumentChipsComponent, {
      documents: [...['a', 'b', 'c', 'd'].map((id) => broken(id)), other],
      uploads: [],
    });
    expect(told(element)).toBe('a.pdf, b.pdf, c.pdf, d.pdf: It is damaged. e.pdf has no text.');
  });

  it('come first among the chips, of which few are seen at once', async () => {
    const element = await show(DocumentChipsComponent, {
      documents: [read('a'), read('b'), broken('c')],
      uploads: [
        { id: 1, name: 'on-its-way.pdf', size: 9, progress: 0.5, error: null },
        { id: 2, name: 'virus.exe', size: 9, progress: 0, error: 'This kind of file cannot be read.' },
      ],
    });
    const chips = [...element.querySelectorAll<HTMLElement>('.chip')];
    expect(chips.map((chip) => words(chip.querySelector('.clip')))).toEqual([
      'c.pdf',
      'virus.exe',
      'a.pdf',
      'b.pdf',
      'on-its-way.pdf',
    ]);
    expect(chips.slice(0, 2).map(({ title }) => title)).toEqual([
      'It is damaged.',
      'This kind of file cannot be read.',
    ]);
  });

  it('are told until they are dismissed, each anew', async () => {
    const fixture = TestBed.createComponent(DocumentChipsComponent);
    const element = fixture.nativeElement as HTMLElement;
    fixture.componentRef.setInput('documents', [broken('a')]);
    fixture.componentRef.setInput('uploads', []);
    await fixture.whenStable();
    find(element, '.problems [aria-label=Dismiss]', HTMLButtonElement).click();
    await fixture.whenStable();
    expect(told(element)).toBe('');
    fixture.componentRef.setInput('documents', [broken('a'), broken('b')]);
    await fixture.whenStable();
    expect(told(element)).toBe('b.pdf: It is damaged.');
  });
});

describe('who may watch', () => {
  it.each([
    [false, 0, 'Private'],
    [false, 1, 'You and 1 link'],
    [true, 0, 'Shared'],
    [true, 2, 'Team and 2 links'],
  ])('shared %s, with %d links: %s', async (shared, links, text) => {
    const element = await show(SharingMenuComponent, { session: session('s', { shared }), me: null, links });
    expect(words(element.querySelector('.sharing'))).toBe(text);
    expect(element.querySelector('.sharing')?.getAttribute('aria-label')).toBe(`${text}: who can watch`);
  });
});

describe('the shortcuts', () => {
  it('are shown with "?", but not while something is written', async () => {
    const opened = vi.fn();
    Object.assign(HTMLDialogElement.prototype, { showModal: opened });
    const element = await show(ShortcutsComponent, {});
    const field = document.createElement('textarea');
    document.body.append(field);
    field.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true }));
    expect(opened).not.toHaveBeenCalled();
    document.dispatchEvent(new KeyboardEvent('keydown', { key: '?' }));
    expect(opened).toHaveBeenCalledOnce();
    expect(words(element.querySelector('dl'))).toContain('Search the sessions');
    field.remove();
  });
});
