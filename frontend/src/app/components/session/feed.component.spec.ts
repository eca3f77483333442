import { ComponentFixture, TestBed } from '@angular/core/testing';

import { find, words } from '../../../testing/dom';
import { exampleLog, step } from '../../../testing/events';
import { fold } from '../../state/fold';
import { activityKey, emptyState } from '../../state/session-state';
import { FeedComponent } from './feed.component';

/** Pixels of a line. */
const LINE = 27;

describe('FeedComponent', () => {
  let fixture: ComponentFixture<FeedComponent>;
  let element: HTMLElement;

  beforeEach(async () => {
    fixture = TestBed.createComponent(FeedComponent);
    fixture.componentRef.setInput('log', fold(emptyState(), exampleLog).log);
    fixture.componentRef.setInput('agents', ['Supervisor', 'Document Agent']);
    await fixture.whenStable();
    element = fixture.nativeElement as HTMLElement;
  });

  async function choose(label: string, value: string): Promise<void> {
    const field = find(element, `[aria-label="${label}"]`, HTMLElement) as HTMLInputElement | HTMLSelectElement;
    field.value = value;
    field.dispatchEvent(new Event(field.matches('select') ? 'change' : 'input'));
    await fixture.whenStable();
  }

  const summary = (): string => words(find(element, '.count', HTMLElement));

  it('says how many of all events are shown', async () => {
    expect(summary()).toBe(`${exampleLog.length} events`);
    await choose('Agent', 'Document Agent');
    await choose('Status', 'failed');
    expect(summary()).toBe(`2 of ${exampleLog.length} events`);
    expect([...element.querySelectorAll('.line .agent')].map(words)).toEqual(['Document Agent', 'Document Agent']);
  });

  it('goes to the event that is looked at, and marks it', async () => {
    const events = Array.from({ length: 200 }, (_, at) => step(1 + at, at, { activity_id: `step-${at}` }));
    fixture.componentRef.setInput('log', fold(emptyState(), events).log);
    fixture.componentRef.setInput('sought', 60);
    await fixture.whenStable();
    expect(words(element.querySelector('[aria-current]'))).toContain('step-59');
  });

  it('stays at the newest line until somebody scrolls up', async () => {
    let resize: ResizeObserverCallback = () => undefined;
    class Observer {
      constructor(callback: ResizeObserverCallback) {
        resize = callback;
      }
      readonly observe = vi.fn();
      readonly disconnect = vi.fn();
    }
    vi.stubGlobal('ResizeObserver', Observer);
    fixture = TestBed.createComponent(FeedComponent);
    const log = (length: number): void => {
      const events = Array.from({ length }, (_, at) => step(1 + at, at, { activity_id: `step-${at}` }));
      fixture.componentRef.setInput('log', fold(emptyState(), events).log);
    };
    log(200);
    fixture.componentRef.setInput('agents', []);
    await fixture.whenStable();
    const viewport = find(fixture.nativeElement as HTMLElement, '.viewport', HTMLElement);
    // It is told that it was scrolled after it has learned how few lines it shows, and before it is rendered with them.
    resize([{ contentRect: { height: 10 * LINE } }] as unknown as ResizeObserverEntry[], {} as ResizeObserver);
    viewport.dispatchEvent(new Event('scroll'));
    await fixture.whenStable();
    expect(viewport.scrollTop).toBe(190 * LINE);
    log(300);
    await fixture.whenStable();
    expect(viewport.scrollTop).toBe(290 * LINE);
    viewport.scrollTop -= 5 * LINE;
    viewport.dispatchEvent(new Event('scroll'));
    log(400);
    await fixture.whenStable();
    expect(viewport.scrollTop).toBe(285 * LINE);
    vi.unstubAllGlobals();
  });

  it('searches, and offers to clear filters that leave nothing', async () => {
    await choose('Search activity', 'no such words');
    expect(element.textContent).toContain('No matches');
    element.querySelector<HTMLElement>('.blank button')?.click();
    await fixture.whenStable();
    expect(summary()).toBe(`${exampleLog.length} events`);
  });

  it('leads from a line to the step it tells of, if it tells of one', async () => {
    const chosen: string[] = [];
    fixture.componentInstance.selected.subscribe((key) => chosen.push(key));
    await choose('Kind', 'error');
    element.querySelector<HTMLElement>('.line')?.click();
    expect(chosen).toEqual([activityKey('run-1', 'read-2')]);
    await choose('Kind', 'run');
    expect([...element.querySelectorAll<HTMLButtonElement>('.line')].every((line) => line.disabled)).toBe(true);
  });
});
