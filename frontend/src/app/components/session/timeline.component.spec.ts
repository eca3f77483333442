import { ComponentFixture, TestBed } from '@angular/core/testing';

import { find, words } from '../../../testing/dom';
import { runUpdate, step } from '../../../testing/events';
import { fold } from '../../state/fold';
import { SessionState, activityKey, emptyState } from '../../state/session-state';
import { NO_FILTER } from '../../state/step-filter';
import { ROW_HEIGHT, TimelineComponent } from './timeline.component';

const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));

describe('TimelineComponent', () => {
  let fixture: ComponentFixture<TimelineComponent>;
  let chosen: string[];
  const begin = fold(emptyState(), [
    runUpdate(1, 0, { status: 'running' }),
    step(2, 0, { activity_id: 'answer' }),
    step(3, 100, { activity_id: 'read', parent_id: 'answer' }),
    step(4, 900, { activity_id: 'read', parent_id: 'answer', status: 'failed', details: 'It is encrypted.' }),
    step(5, 900, { activity_id: 'write', parent_id: 'answer', kind: 'model' }),
  ]);
  const ended = fold(begin, [
    step(6, 2000, { activity_id: 'write', parent_id: 'answer', status: 'completed' }),
    step(7, 2000, { activity_id: 'answer', status: 'completed' }),
    runUpdate(8, 2000, { status: 'completed' }),
  ]);

  async function show(state: SessionState): Promise<void> {
    fixture.componentRef.setInput('activities', state.activities);
    fixture.componentRef.setInput('run', state.runs.get('r'));
    await fixture.whenStable();
    await frame();
    await fixture.whenStable();
  }

  beforeEach(() => {
    fixture = TestBed.createComponent(TimelineComponent);
    chosen = [];
    fixture.componentInstance.selected.subscribe((key) => chosen.push(key));
  });

  const rows = (): HTMLElement[] => [...(fixture.nativeElement as HTMLElement).querySelectorAll<HTMLElement>('.row')];
  const names = (): string[] => rows().map((row) => words(row.querySelector('.name')));
  const grid = (): HTMLElement => find(fixture.nativeElement as HTMLElement, '[role=treegrid]', HTMLElement);
  const press = async (key: string): Promise<void> => {
    grid().dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }));
    await fixture.whenStable();
  };
  const active = (): string | null => grid().getAttribute('aria-activedescendant');

  it('shows each step at its depth, with its bar at its time', async () => {
    await show(ended);
    expect(names()).toEqual(['answer Research Agent', 'read failed', 'write']);
    expect(rows().map((row) => row.getAttribute('aria-label'))).toEqual([
      'answer: Research Agent, step, completed, 2.0 s',
      'read: Research Agent, step, failed, 0.8 s',
      'write: Research Agent, model, completed, 1.1 s',
    ]);
    expect(rows().map((row) => row.getAttribute('aria-level'))).toEqual(['1', '2', '2']);
    const bar = rows()[1]?.querySelector<HTMLElement>('.bar');
    expect([bar?.style.left, bar?.style.width]).toEqual(['5%', '40%']);
    expect(bar?.className).toContain('failed');
    expect(rows()[1]?.querySelector('.took')?.textContent).toBe('0.8 s');
  });

  it('stays on the row that was moved to while the run goes on', async () => {
    await show(begin);
    await press('ArrowDown');
    await press('ArrowDown');
    const before = active();
    expect(before).not.toBeNull();
    await show(ended);
    expect(active()).toBe(before);
  });

  it('says of a call that was refused that it was', async () => {
    const details = 'Rule “Deletions” refuses calls of rm.';
    const call = step(2, 0, { activity_id: 'rm', kind: 'tool', status: 'failed', details });
    await show(fold(emptyState(), [runUpdate(1, 0, { status: 'completed' }), call]));
    expect(words(rows()[0]?.querySelector('.tag'))).toBe('refused');
    expect(rows()[0]?.getAttribute('aria-label')).toContain('tool, refused');
  });

  it('grows with the run and shows what is live as live', async () => {
    await show(begin);
    expect(rows().map((row) => row.querySelector('.live') !== null)).toEqual([true, false, true]);
    await show(ended);
    expect(rows().some((row) => row.querySelector('.live') !== null)).toBe(false);
  });

  it('opens the line that stands for several other calls, and selects none of them', async () => {
    await show(
      fold(emptyState(), [
        runUpdate(1, 0, { status: 'running' }),
        step(2, 0, { activity_id: 'GET a', kind: 'other' }),
        step(3, 100, { activity_id: 'GET b', kind: 'other' }),
      ]),
    );
    expect(names()).toEqual(['2 other calls']);
    expect(rows()[0]?.getAttribute('aria-expanded')).toBe('false');
    expect(rows()[0]?.querySelector('.bar')).toBeNull();
    rows()[0]?.click();
    await fixture.whenStable();
    expect(names()).toEqual(['2 other calls', 'GET a Research Agent', 'GET b Research Agent']);
    await press('Enter');
    expect(names()).toEqual(['2 other calls']);
    expect(chosen).toEqual([]);
  });

  it('moves with the arrow keys, collapses and expands', async () => {
    await show(ended);
    grid().dispatchEvent(new Event('focus'));
    await fixture.whenStable();
    expect(active()).toBe(`step-${activityKey('r', 'answer')}`);
    await press('ArrowDown');
    expect(active()).toBe(`step-${activityKey('r', 'read')}`);
    await press('ArrowLeft');
    expect(active()).toBe(`step-${activityKey('r', 'answer')}`);
    await press('ArrowLeft');
    expect(names()).toEqual(['answer Research Agent']);
    expect(rows()[0]?.getAttribute('aria-expanded')).toBe('false');
    await press('ArrowRight');
    expect(names()).toHaveLength(3);
    await press('End');
    await press('Enter');
    expect(chosen).toEqual([activityKey('r', 'write')]);
  });

  it('stays where it is scrolled to when the pointer gives it the focus', async () => {
    const many = fold(
      begin,
      Array.from({ length: 80 }, (_, at) => step(6 + at, 1000 + at, { activity_id: `more-${at}` })),
    );
    await show(many);
    fixture.componentRef.setInput('follow', false);
    fixture.componentRef.setInput('selectedKey', activityKey('r', 'write'));
    await fixture.whenStable();
    expect(grid().scrollTop).toBe(2 * ROW_HEIGHT);
    grid().scrollTop = 40 * ROW_HEIGHT + 5;
    grid().dispatchEvent(new Event('scroll'));
    grid().dispatchEvent(new Event('focus'));
    await fixture.whenStable();
    expect(grid().scrollTop).toBe(40 * ROW_HEIGHT + 5);
    expect(active()).toBe(`step-${activityKey('r', 'more-38')}`);
    expect(chosen).toEqual([]);
  });

  it('has nothing rendered anew by a scroll that brings no other rows into view', async () => {
    const many = Array.from({ length: 200 }, (_, at) => step(9 + at, 2000, { activity_id: `more-${at}` }));
    await show(fold(ended, many));
    fixture.componentRef.setInput('follow', false);
    await fixture.whenStable();
    grid().dispatchEvent(new Event('scroll'));
    expect(fixture.isStable()).toBe(true);
    grid().scrollTop = 80 * ROW_HEIGHT;
    grid().dispatchEvent(new Event('scroll'));
    expect(fixture.isStable()).toBe(false);
  });

  it('shows the rows that are left where many were scrolled away', async () => {
    const many = Array.from({ length: 200 }, (_, at) =>
      step(9 + at, 2000, { activity_id: `m-${at}`, parent_id: 'answer' }),
    );
    await show(fold(ended, many));
    grid().scrollTop = 150 * ROW_HEIGHT;
    grid().dispatchEvent(new Event('scroll'));
    await fixture.whenStable();
    find(fixture.nativeElement as HTMLElement, '[aria-label="Collapse all"]', HTMLElement).click();
    await fixture.whenStable();
    expect(names()).toEqual(['answer Research Agent']);
    expect(rows()[0]?.querySelector('.inside path')?.getAttribute('d')).toContain('M');
    find(fixture.nativeElement as HTMLElement, '[aria-label="Expand all"]', HTMLElement).click();
    await fixture.whenStable();
    expect(grid().getAttribute('aria-rowcount')).toBe('203');
  });

  it('zooms and pans with the keys, and shows all again', async () => {
    await show(ended);
    const bar = (at: number): string | undefined => rows()[at]?.querySelector<HTMLElement>('.bar')?.style.width;
    const stretch = (): unknown => fixture.componentInstance.stretch();
    expect(bar(1)).toBe('40%');
    await press('w');
    expect(stretch()).toEqual({ from: 400, to: 1600 });
    expect(bar(1)).toBe(`${(500 / 1200) * 100}%`);
    await press('d');
    expect(stretch()).toEqual({ from: 640, to: 1840 });
    for (let times = 0; times < 4; times++) await press('d');
    expect(stretch()).toEqual({ from: 800, to: 2000 });
    for (let times = 0; times < 8; times++) await press('+');
    expect(rows()[1]?.querySelector('.took')?.textContent).toBe('‹');
    await press('0');
    expect(stretch()).toBeNull();
  });

  it('leads from failure to failure', async () => {
    await show(ended);
    await press('e');
    await press('E');
    expect(chosen).toEqual([activityKey('r', 'read'), activityKey('r', 'read')]);
  });

  it('leaves out what a filter leaves out, but not what the rest stands under, and marks words', async () => {
    await show(ended);
    fixture.componentRef.setInput('filter', { ...NO_FILTER, kind: 'model', search: 'WRI' });
    await fixture.whenStable();
    expect(names()).toEqual(['answer Research Agent', 'write']);
    expect(rows().map((row) => row.classList.contains('beside'))).toEqual([true, false]);
    expect(rows().map((row) => row.querySelector('.found') !== null)).toEqual([false, true]);
    fixture.componentRef.setInput('filter', { ...NO_FILTER, agent: 'Nobody' });
    await fixture.whenStable();
    const element = fixture.nativeElement as HTMLElement;
    expect(words(element.querySelector('.hint'))).toBe('No steps of this run match these filters.');
    expect(element.querySelector('[role=treegrid]'), 'a grid has rows').toBeNull();
  });

  it('opens what the step that was chosen elsewhere stands in', async () => {
    await show(ended);
    await press('Home');
    await press('ArrowLeft');
    expect(names()).toHaveLength(1);
    fixture.componentRef.setInput('selectedKey', activityKey('r', 'write'));
    await fixture.whenStable();
    expect(names()).toHaveLength(3);
  });

  it('opens a step that is clicked, and marks it', async () => {
    await show(ended);
    rows()[2]?.click();
    expect(chosen).toEqual([activityKey('r', 'write')]);
    fixture.componentRef.setInput('selectedKey', chosen[0]);
    await fixture.whenStable();
    expect(rows().map((row) => row.getAttribute('aria-selected'))).toEqual(['false', 'false', 'true']);
  });
});
