import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { Title } from '@angular/platform-browser';
import { provideRouter } from '@angular/router';

import { find, words } from '../../testing/dom';
import { exampleLog, runUpdate } from '../../testing/events';
import { FakeBrowser } from '../../testing/fake-browser';
import { session } from '../../testing/sessions';
import { BROWSER } from '../services/browser';
import { Clock } from '../services/clock.service';
import { Notices } from '../services/notices.service';
import { LoggedEvent } from '../state/events';
import { AgentActivityComponent } from './agent-activity.component';

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));

describe('AgentActivityComponent', () => {
  let fixture: ComponentFixture<AgentActivityComponent>;
  let element: HTMLElement;
  let http: HttpTestingController;
  let browser: FakeBrowser;

  beforeEach(() => {
    browser = new FakeBrowser();
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideRouter([]),
        { provide: BROWSER, useValue: browser },
      ],
    });
    http = TestBed.inject(HttpTestingController);
    fixture = TestBed.createComponent(AgentActivityComponent);
    fixture.componentRef.setInput('sessionId', 'harbour');
    element = fixture.nativeElement as HTMLElement;
  });

  async function open(events: readonly LoggedEvent[]): Promise<void> {
    TestBed.tick();
    http.expectOne('/api/sessions/harbour').flush(session('harbour', { title: 'Harbour' }));
    await turn();
    http.expectOne('/api/sessions/harbour/documents').flush({ documents: [] });
    http
      .expectOne(({ url }) => url === '/api/sessions/harbour/activity')
      .flush({ events, first: 1, head: events.length });
    await turn();
    browser.source.open();
    await fixture.whenStable();
  }

  const strip = (): string => words(element.querySelector('.progress-strip b'));
  const button = (label: string): HTMLButtonElement => find(element, `[aria-label="${label}"]`, HTMLButtonElement);

  it('says plainly that a session does not exist', async () => {
    TestBed.tick();
    http.expectOne('/api/sessions/harbour').flush(null, { status: 404, statusText: 'Not Found' });
    await turn();
    await fixture.whenStable();
    expect(words(element)).toContain('This session does not exist');
  });

  it('keeps room for the run of a past that is on its way, and none where there is no past', async () => {
    const cards = (): number => element.querySelectorAll('.card').length;
    TestBed.tick();
    expect([element.querySelector('.progress-strip') !== null, cards()]).toEqual([true, 6]);
    http.expectOne('/api/sessions/harbour').flush(session('harbour', { head: 0 }));
    await turn();
    TestBed.tick();
    expect([element.querySelector('.progress-strip') !== null, cards()]).toEqual([false, 0]);
  });

  it('shows the newest run, lets an earlier one be picked, and goes on to one that begins', async () => {
    await open(exampleLog);
    expect(TestBed.inject(Title).getTitle()).toBe('Harbour · Ringside');
    button('Earlier run').click();
    await fixture.whenStable();
    button('Earlier run').click();
    await fixture.whenStable();
    expect(strip()).toBe('Finished');
    expect(words(element.querySelector('.run-picker'))).toBe('Run 1 of 3');
    const next = runUpdate(exampleLog.length + 1, 0, { status: 'queued', question: 'And in spring?' });
    browser.source.send({ ...next, run_id: 'run-3' });
    await frame();
    await fixture.whenStable();
    expect(strip()).toBe('Queued');
    expect(words(element.querySelector('.run-picker'))).toBe('Run 4 of 4');
  });

  it('opens the detail of a step and closes it with Escape', async () => {
    await open(exampleLog.slice(0, 20));
    const row = [...element.querySelectorAll<HTMLElement>('.row')].find((one) => words(one).includes('passengers.csv'));
    row?.click();
    await fixture.whenStable();
    expect(words(element.querySelector('.detail'))).toContain('passengers.csv is empty. Export it again and add it.');
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    await fixture.whenStable();
    expect(element.querySelector('.detail')).toBeNull();
  });

  it("shows the server's words when a question was not taken, and keeps the question", async () => {
    await open([]);
    const field = find(element, 'textarea', HTMLTextAreaElement);
    field.value = 'Who rebuilt her engine?';
    field.dispatchEvent(new Event('input'));
    await fixture.whenStable();
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true }));
    const error = { error: { code: 'busy', message: 'Too many questions at once. Wait a minute.' } };
    http.expectOne('/api/sessions/harbour/messages').flush(error, { status: 429, statusText: 'Too Many Requests' });
    await turn();
    expect(TestBed.inject(Notices).all().map(({ text }) => text)).toEqual(['Too many questions at once. Wait a minute.']);
    expect(field.value).toBe('Who rebuilt her engine?');
  });

  it('says on the spot that the session is gone, and takes no more questions', async () => {
    const clock = vi.spyOn(TestBed.inject(Clock), 'run');
    await open(exampleLog.slice(0, 6));
    expect(clock).toHaveBeenLastCalledWith(true);
    browser.source.fail(true);
    http
      .expectOne(({ url }) => url === '/api/sessions/harbour/activity')
      .flush(null, { status: 404, statusText: 'Not Found' });
    await turn();
    await fixture.whenStable();
    expect(words(element.querySelector('app-connection-badge'))).toBe('Ended');
    expect(words(element.querySelector('.chat'))).toContain('This session was deleted.');
    expect(find(element, 'textarea', HTMLTextAreaElement).disabled).toBe(true);
    expect([...element.querySelectorAll('.session-header button')].map((button) => words(button))).not.toContain('Stop');
    expect(clock).toHaveBeenLastCalledWith(false);
  });
});
