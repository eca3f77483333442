import { ComponentFixture, TestBed } from '@angular/core/testing';

import { exampleLog, message, runUpdate } from '../../../testing/events';
import { MarkdownLibrary } from '../../services/markdown-library.service';
import { conversation } from '../../state/conversation';
import { Citation, LoggedEvent } from '../../state/events';
import { fold } from '../../state/fold';
import { emptyState } from '../../state/session-state';
import { ConversationComponent } from './conversation.component';

describe('ConversationComponent', () => {
  let fixture: ComponentFixture<ConversationComponent>;
  let element: HTMLElement;

  beforeEach(() => {
    fixture = TestBed.createComponent(ConversationComponent);
    fixture.componentRef.setInput('hasDocuments', false);
    element = fixture.nativeElement as HTMLElement;
  });

  async function show(events: readonly LoggedEvent[]): Promise<void> {
    const state = fold(emptyState(), events);
    fixture.componentRef.setInput('turns', conversation(state));
    fixture.componentRef.setInput('runs', [...state.runs.values()]);
    await fixture.whenStable();
  }

  it('shows questions, and of the answers only those that still stand', async () => {
    await show(exampleLog);
    await vi.waitFor(() => expect(element.querySelectorAll('.cite')).toHaveLength(1));
    expect([...element.querySelectorAll('.question')].map((question) => question.textContent)).toEqual([
      'How many passengers may the Solveig carry in winter, and who rebuilt her engine?',
      'And in summer?',
    ]);
    expect(element.querySelector('.answer')?.textContent).toBe(
      'In winter the Solveig may carry at most 412 passengers1.',
    );
    expect(element.querySelector('.outcome')?.textContent).toBe('Stopped on request.');
  });

  it('draws an answer in the rendering it comes with', async () => {
    await TestBed.inject(MarkdownLibrary).load();
    fixture.componentRef.setInput('turns', conversation(fold(emptyState(), exampleLog)));
    TestBed.tick();
    expect(element.querySelectorAll('.cite')).toHaveLength(1);
  });

  it('has nothing rendered anew by a scroll', async () => {
    await show(exampleLog);
    await vi.waitFor(() => expect(element.querySelectorAll('.cite')).toHaveLength(1));
    await fixture.whenStable();
    element.dispatchEvent(new Event('scroll'));
    expect(fixture.isStable()).toBe(true);
  });

  it('opens the passage of a citation, from its number and from its source', async () => {
    const opened: Citation[] = [];
    fixture.componentInstance.cited.subscribe((citation) => opened.push(citation));
    await show(exampleLog);
    await vi.waitFor(() => expect(element.querySelector('.cite')).not.toBeNull());
    element.querySelector<HTMLElement>('.cite')?.click();
    element.querySelector<HTMLElement>('.source')?.click();
    expect(opened.map(({ passage_id }) => passage_id)).toEqual([12, 12]);
  });

  it('shows a caret while the answer is written, and none when it is finished', async () => {
    const begun = [runUpdate(1, 0, { status: 'running' }), message(2, 'd', { delta: 'In winter' })];
    await show(begun);
    expect(element.querySelector('.answer.writing')).not.toBeNull();
    await show([...begun, message(3, 'd', { final: true, citations: [] })]);
    expect(element.querySelector('.answer.writing')).toBeNull();
  });

  it('has the caret where the next word will stand', async () => {
    await TestBed.inject(MarkdownLibrary).load();
    const begun = [runUpdate(1, 0, { status: 'running' }), message(2, 'd', { delta: 'By year:\n\n- 1930\n- 1931' })];
    await show(begun);
    expect([...element.querySelectorAll('.caret')].map(({ textContent }) => textContent)).toEqual(['1931']);
    await show([...begun, message(3, 'd', { delta: '\n\nAnd now' })]);
    expect([...element.querySelectorAll('.caret')].map(({ textContent }) => textContent)).toEqual(['And now']);
  });

  it('shows a question when it is its turn', async () => {
    const questions = (): (string | null)[] =>
      [...element.querySelectorAll('.question, .thinking')].map(({ textContent }) => textContent);
    const first: LoggedEvent = { ...runUpdate(1, 0, { status: 'queued', question: 'Who?' }), run_id: 'a' };
    const second: LoggedEvent = { ...runUpdate(2, 1, { status: 'queued', question: 'When?' }), run_id: 'b' };
    await show([first, second]);
    expect(questions()).toEqual(['Who?', 'Waiting for a free agent']);
    await show([first, second, { ...runUpdate(3, 2, { status: 'completed' }), run_id: 'a' }]);
    expect(questions()).toEqual(['Who?', 'When?', 'Waiting for a free agent']);
  });

  it('says why a run failed', async () => {
    await show([runUpdate(1, 0, { status: 'failed', reason: 'The model server is not there.' })]);
    expect(element.querySelector('.outcome.failed')?.textContent).toContain('The model server is not there.');
  });

  const button = (words: string): HTMLElement | undefined =>
    [...element.querySelectorAll<HTMLElement>('.turn button')].find(
      (one) => (one.ariaLabel ?? one.textContent).trim() === words,
    );

  it('lets a question that came to nothing be asked once more, by who may', async () => {
    const asked: string[] = [];
    fixture.componentInstance.triedAgain.subscribe(({ id }) => asked.push(id));
    await show([runUpdate(1, 0, { status: 'failed', question: 'Who?', attempt: 1 })]);
    button('Try again')?.click();
    expect(asked).toEqual(['r']);
    await show([runUpdate(1, 0, { status: 'completed', question: 'Who?', attempt: 1 })]);
    expect(button('Try again')).toBeUndefined();
    fixture.componentRef.setInput('readOnly', true);
    await show([runUpdate(1, 0, { status: 'cancelled', question: 'Who?', attempt: 1 })]);
    expect(button('Try again')).toBeUndefined();
  });

  it('lets the last question be edited once it has ended, by who may', async () => {
    const edited: string[] = [];
    fixture.componentInstance.edited.subscribe(({ runId, number, question }) =>
      edited.push(`${runId} ${number} ${question}`),
    );
    const first: LoggedEvent = {
      ...runUpdate(1, 0, { status: 'completed', question: 'Who?', attempt: 1 }),
      run_id: 'a',
    };
    const second: LoggedEvent = {
      ...runUpdate(2, 1, { status: 'running', question: 'When?', attempt: 1 }),
      run_id: 'b',
    };
    await show([first, second]);
    expect(button('Edit the question')).toBeUndefined();
    await show([first, second, { ...runUpdate(3, 2, { status: 'completed' }), run_id: 'b' }]);
    button('Edit the question')?.click();
    expect(edited).toEqual(['b 2 When?']);
    fixture.componentRef.setInput('readOnly', true);
    await fixture.whenStable();
    expect(button('Edit the question')).toBeUndefined();
  });

  it('folds what was replaced, and leads back to it from what replaced it', async () => {
    const chosen: string[] = [];
    fixture.componentInstance.runChosen.subscribe((id) => chosen.push(id));
    await show([
      { ...runUpdate(1, 0, { status: 'queued', question: 'Who?' }), run_id: 'a' },
      { ...message(2, 'm', { delta: 'Ada.', final: true }), run_id: 'a' },
      { ...runUpdate(3, 1, { status: 'failed', attempt: 1, reason: 'It broke.' }), run_id: 'a' },
      { ...runUpdate(4, 2, { status: 'queued', question: 'Who, in 1931?', retry_of: 'a' }), run_id: 'b' },
    ]);
    const [old, young] = [...element.querySelectorAll<HTMLElement>('.turn')];
    expect([...element.querySelectorAll('del')].map(({ textContent }) => textContent)).toEqual(['Who?']);
    expect(old?.textContent).not.toContain('It broke.');
    expect(old?.textContent).not.toContain('Try again');
    button('Replaced: show what became of it')?.click();
    await fixture.whenStable();
    expect(old?.textContent).toContain('It broke.');
    expect(young?.textContent).toContain('Edited from run 1');
    button('Edited from run 1')?.click();
    expect(chosen).toEqual(['a']);
  });

  it('says what to do first', async () => {
    fixture.componentRef.setInput('loading', true);
    await show([]);
    expect(element.textContent.trim()).toBe('');
    fixture.componentRef.setInput('loading', false);
    await fixture.whenStable();
    expect(element.textContent).toContain('Start with your documents');
    fixture.componentRef.setInput('hasDocuments', true);
    await fixture.whenStable();
    expect(element.textContent).toContain('Ready for your question');
  });
});
