import { ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';

import { find, words } from '../../../testing/dom';
import { recordings } from '../../../testing/recordings';
import { Sentence } from '../../state/chronicle/note';
import { fold } from '../../state/fold';
import { emptyState } from '../../state/session-state';
import { ChronicleComponent } from './chronicle.component';

describe('ChronicleComponent', () => {
  let fixture: ComponentFixture<ChronicleComponent>;

  const entries = (): string[] =>
    [...(fixture.nativeElement as HTMLElement).querySelectorAll('.said')].map((said) => said.textContent.trim());

  function show(count: number): void {
    const state = fold(emptyState(), recordings.reported.slice(0, count));
    fixture.componentRef.setInput('state', state);
    fixture.componentRef.setInput('run', state.runs.get('crossing'));
    fixture.componentRef.setInput('title', 'Crossing');
    TestBed.tick();
    fixture.detectChanges();
  }

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    TestBed.configureTestingModule({ providers: [provideRouter([])] });
    fixture = TestBed.createComponent(ChronicleComponent);
  });

  afterEach(() => vi.useRealTimers());

  it('tells at once what is there, and what comes a moment later, once', () => {
    show(3);
    expect(entries()).toHaveLength(4);
    const before = entries();
    show(8);
    show(13);
    expect(entries()).toEqual(before);
    vi.advanceTimersByTime(1000);
    fixture.detectChanges();
    expect(entries()).toHaveLength(7);
    expect(entries()[4]).toContain('Lookout used “search_harbour” 4 times');
  });

  it('leads from a sentence to what it rests on, and says so', () => {
    const chosen: Sentence[] = [];
    fixture.componentInstance.chosen.subscribe((sentence) => chosen.push(sentence));
    show(23);
    const buttons = (fixture.nativeElement as HTMLElement).querySelectorAll<HTMLElement>('.entry');
    buttons[4]?.click();
    expect(chosen[0]?.filter).toEqual({ agent: 'Lookout', kind: 'tool', status: '', search: 'search_harbour' });
    expect(buttons[0]?.title).toBe('Show in the feed: event 1');
    expect(buttons[4]?.title).toBe('Show in the timeline: events 4–11');
    expect(words(find(fixture.nativeElement as HTMLElement, '.count', HTMLElement))).toBe('13 entries');
  });
});
