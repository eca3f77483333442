import { signal } from '@angular/core';
import { ComponentFixture, TestBed } from '@angular/core/testing';

import { find } from '../../../testing/dom';
import { ComposerComponent } from './composer.component';

describe('ComposerComponent', () => {
  let fixture: ComponentFixture<ComposerComponent>;
  let field: HTMLTextAreaElement;
  let sent: string[];
  const busy = signal(false);

  beforeEach(async () => {
    sessionStorage.clear();
    busy.set(false);
    fixture = TestBed.createComponent(ComposerComponent);
    fixture.componentRef.setInput('busy', busy.asReadonly());
    fixture.componentRef.setInput('running', false);
    await fixture.whenStable();
    field = find(fixture.nativeElement as HTMLElement, 'textarea', HTMLTextAreaElement);
    sent = [];
    fixture.componentInstance.sent.subscribe((text) => sent.push(text));
  });

  async function type(text: string, key: KeyboardEventInit = { key: 'Enter' }): Promise<boolean> {
    field.value = text;
    field.dispatchEvent(new Event('input'));
    await fixture.whenStable();
    return field.dispatchEvent(new KeyboardEvent('keydown', { ...key, cancelable: true }));
  }

  it('sends with Enter, without the blanks around', async () => {
    expect(await type('  Who rebuilt her engine? ')).toBe(false);
    expect(sent).toEqual(['Who rebuilt her engine?']);
  });

  it('begins a new line with Shift+Enter, and leaves Enter to an input method', async () => {
    expect(await type('a', { key: 'Enter', shiftKey: true })).toBe(true);
    expect(await type('a', { key: 'Enter', isComposing: true })).toBe(true);
    expect(await type('a', { key: 'Enter', keyCode: 229 })).toBe(true);
    expect(sent).toEqual([]);
  });

  it('tells the agents at work with Ctrl+Enter or its button, and asks next with Enter', async () => {
    const told: string[] = [];
    fixture.componentInstance.told.subscribe((text) => told.push(text));
    fixture.componentRef.setInput('running', true);
    fixture.componentRef.setInput('steer', 'best-effort');
    await type('Only this winter', { key: 'Enter', ctrlKey: true });
    await type('And the crew');
    const button = find(fixture.nativeElement as HTMLElement, 'button.tell', HTMLButtonElement);
    await type('Not the spare ones', { key: 'x' });
    button.click();
    expect([told, sent]).toEqual([['Only this winter', 'Not the spare ones'], ['And the crew']]);
  });

  it('says where the agents at work read nothing, and asks it next', async () => {
    fixture.componentRef.setInput('running', true);
    fixture.componentRef.setInput('steer', 'no');
    await type('Only this winter', { key: 'Enter', ctrlKey: true });
    const element = fixture.nativeElement as HTMLElement;
    expect(element.textContent).toContain('They read it when this run is done');
    expect(element.querySelector('button.tell')).toBeNull();
    expect(sent).toEqual(['Only this winter']);
  });

  it('sends neither nothing, nor too much, nor twice', async () => {
    await type('   ');
    await type('x'.repeat(20_001));
    expect((fixture.nativeElement as HTMLElement).textContent).toContain('Too long by 1 characters');
    busy.set(true);
    await type('Once more');
    expect(sent).toEqual([]);
  });

  it('edits a question instead of what is written, which comes back afterwards', async () => {
    const element = fixture.nativeElement as HTMLElement;
    const { componentInstance: composer } = fixture;
    await type('And then?', { key: 'a' });
    composer.edit({ runId: 'r', number: 3, question: 'Who?' });
    await fixture.whenStable();
    expect([field.value, document.activeElement]).toEqual(['Who?', field]);
    expect(element.textContent).toContain('Editing: sends a new run instead of run 3');
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    await fixture.whenStable();
    expect([field.value, composer.editing()]).toEqual(['And then?', null]);
    composer.edit({ runId: 'r', number: 3, question: 'Who?' });
    await fixture.whenStable();
    await type('Who, in 1931?');
    expect([sent, composer.editing()?.runId]).toEqual([['Who, in 1931?'], 'r']);
    composer.clear('Who, in 1931?');
    await fixture.whenStable();
    expect([field.value, composer.editing()]).toEqual(['And then?', null]);
  });

  it('sends the next question when the one before it has arrived', async () => {
    await type('Who?');
    busy.set(true);
    await type('And when?');
    await fixture.whenStable();
    expect(sent).toEqual(['Who?']);
    expect((fixture.nativeElement as HTMLElement).textContent).toContain(
      'Sent when the question before it has arrived',
    );
    fixture.componentInstance.clear('Who?');
    busy.set(false);
    await fixture.whenStable();
    expect(sent).toEqual(['Who?', 'And when?']);
  });

  it('sends a question once, however often Enter is pressed, and not one that is written on', async () => {
    await type('Who?');
    busy.set(true);
    await type('Who?');
    fixture.componentInstance.clear('Who?');
    await type('And when?');
    await type('And when exactly?', { key: 'y' });
    busy.set(false);
    await fixture.whenStable();
    expect(sent).toEqual(['Who?']);
  });

  it('waits for documents that are still on their way', async () => {
    fixture.componentRef.setInput('uploading', true);
    await type('Who?');
    expect(sent).toEqual([]);
    fixture.componentRef.setInput('uploading', false);
    await type('Who?');
    expect(sent).toEqual(['Who?']);
  });

  it('keeps the question until it was taken', async () => {
    await type('Who?');
    expect(field.value).toBe('Who?');
    fixture.componentInstance.clear('Who?');
    await fixture.whenStable();
    expect(field.value).toBe('');
  });

  it('keeps the next question, begun while the one before it was sent', async () => {
    await type('And when?');
    fixture.componentInstance.clear('Who?');
    await fixture.whenStable();
    expect(field.value).toBe('And when?');
  });

  it('has for each session what was half written there', async () => {
    await type('Who reb', { key: 'u' });
    fixture.componentRef.setInput('sessionId', 'other');
    await fixture.whenStable();
    expect(field.value).toBe('');
    fixture.componentRef.setInput('sessionId', '');
    await fixture.whenStable();
    expect(field.value).toBe('Who reb');
  });

  it('forgets a question that arrives while another session is open', async () => {
    await type('Who?');
    fixture.componentRef.setInput('sessionId', 'other');
    await fixture.whenStable();
    fixture.componentInstance.clear('Who?');
    fixture.componentRef.setInput('sessionId', '');
    await fixture.whenStable();
    expect(field.value).toBe('');
  });

  it('hands on chosen files, and the same ones again', async () => {
    const added: string[] = [];
    fixture.componentInstance.added.subscribe((files) => added.push(...files.map(({ name }) => name)));
    const input = find(fixture.nativeElement as HTMLElement, 'input[type=file]', HTMLInputElement);
    Object.defineProperty(input, 'files', { value: [new File(['x'], 'log.pdf')] });
    input.dispatchEvent(new Event('change'));
    await fixture.whenStable();
    expect(added).toEqual(['log.pdf']);
    expect(input.value).toBe('');
  });
});

/** What recognises speech, as the browser has it; the test speaks. */
class Hearing {
  static last: Hearing;
  static refuses = false;
  onstart: (() => void) | null = null;
  onresult: ((event: { readonly results: readonly (readonly { readonly transcript: string }[])[] }) => void) | null =
    null;
  onend: (() => void) | null = null;

  constructor() {
    Hearing.last = this;
  }

  start(): void {
    if (Hearing.refuses) throw new Error('It listens already.');
    this.onstart?.();
  }

  stop(): void {
    this.onend?.();
  }

  abort(): void {
    this.onend?.();
  }

  /** All since the start, as browsers tell it. */
  hear(...said: string[]): void {
    this.onresult?.({ results: said.map((transcript) => [{ transcript }]) });
  }
}

describe('a dictated question', () => {
  let fixture: ComponentFixture<ComposerComponent>;
  let element: HTMLElement;
  let sent: string[];

  beforeEach(async () => {
    sessionStorage.clear();
    Hearing.refuses = false;
    vi.stubGlobal('SpeechRecognition', Hearing);
    fixture = TestBed.createComponent(ComposerComponent);
    fixture.componentRef.setInput('busy', signal(false).asReadonly());
    fixture.componentRef.setInput('running', false);
    await fixture.whenStable();
    element = fixture.nativeElement as HTMLElement;
    sent = [];
    fixture.componentInstance.sent.subscribe((text) => sent.push(text));
    fixture.componentInstance.told.subscribe((text) => sent.push(`told: ${text}`));
  });

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  const field = (): HTMLTextAreaElement => find(element, 'textarea', HTMLTextAreaElement);
  const button = (): HTMLButtonElement => find(element, 'app-dictation button', HTMLButtonElement);

  async function hear(...said: string[]): Promise<void> {
    Hearing.last.hear(...said);
    await fixture.whenStable();
  }

  async function dictate(...said: string[]): Promise<void> {
    button().click();
    await hear(...said);
  }

  async function enter(key: KeyboardEventInit = {}): Promise<void> {
    field().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true, ...key }));
    await fixture.whenStable();
  }

  it('is sent once: whoever sends it is not listened to any more', async () => {
    await dictate('Who?');
    await enter();
    fixture.componentInstance.clear('Who?');
    await hear('Who?', 'And when?');
    expect([sent, field().value, button().getAttribute('aria-pressed')]).toEqual([['Who?'], '', 'false']);
    await dictate('And where?');
    expect(field().value).toBe('And where?');
  });

  it('is told to the agents once', async () => {
    fixture.componentRef.setInput('steer', 'best-effort');
    await dictate('Only this winter');
    await enter({ ctrlKey: true });
    fixture.componentInstance.clear('Only this winter');
    await hear('Only this winter', 'and the crew');
    expect([sent, field().value]).toEqual([['told: Only this winter'], '']);
  });

  it('stays in the session that it was begun in', async () => {
    await dictate('Who?');
    fixture.componentRef.setInput('sessionId', 'other');
    await fixture.whenStable();
    await hear('Who?', 'And when?');
    expect(field().value).toBe('');
    fixture.componentRef.setInput('sessionId', '');
    await fixture.whenStable();
    expect(field().value).toBe('Who?');
  });

  it('does not begin with a question that was sent before and has arrived meanwhile', async () => {
    await dictate('Who?');
    await enter();
    button().click();
    fixture.componentInstance.clear('Who?');
    await hear('And when?');
    expect(field().value).toBe('And when?');
  });

  it('can be tried again where the browser could not begin to listen', async () => {
    Hearing.refuses = true;
    button().click();
    await fixture.whenStable();
    expect(button().getAttribute('aria-pressed')).toBe('false');
    expect(element.textContent).toContain('The browser cannot listen. It listens already.');
    Hearing.refuses = false;
    await dictate('Who?');
    expect(field().value).toBe('Who?');
  });
});
