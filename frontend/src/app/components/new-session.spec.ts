import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { Title } from '@angular/platform-browser';
import { Router, provideRouter } from '@angular/router';

import { builtIn } from '../../testing/agents';
import { find, words } from '../../testing/dom';
import { FakeBrowser } from '../../testing/fake-browser';
import { session } from '../../testing/sessions';
import { BROWSER } from '../services/browser';
import { AgentActivityComponent } from './agent-activity.component';
import { NotFoundComponent } from './shared/not-found.component';

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('a session that is yet to be made', () => {
  let fixture: ComponentFixture<AgentActivityComponent>;
  let element: HTMLElement;
  let http: HttpTestingController;
  const made = session('made', { head: 0 });

  beforeEach(async () => {
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideRouter([{ path: '**', component: NotFoundComponent }]),
        { provide: BROWSER, useValue: new FakeBrowser() },
      ],
    });
    http = TestBed.inject(HttpTestingController);
    fixture = TestBed.createComponent(AgentActivityComponent);
    element = fixture.nativeElement as HTMLElement;
    await TestBed.inject(Router).navigateByUrl('/new');
    TestBed.tick();
    http.expectOne(({ url }) => url === '/api/agents').flush({ next_cursor: null, agents: [builtIn()] });
    await turn();
    await fixture.whenStable();
  });

  /** As the router does it. */
  async function follow(): Promise<void> {
    await vi.waitFor(() => expect(TestBed.inject(Router).url).toBe('/sessions/made'));
    fixture.componentRef.setInput('sessionId', 'made');
    TestBed.tick();
    http.expectOne('/api/sessions/made').flush(made);
    await turn();
    TestBed.tick();
  }

  it('asks nothing of the server, and says what it is', () => {
    expect(words(element.querySelector('h1'))).toBe('New session');
    expect(TestBed.inject(Title).getTitle()).toBe('New session · Ringside');
    expect(element.querySelector('app-connection-badge')).toBeNull();
    http.expectNone({ method: 'POST' });
  });

  it('is made with its first question', async () => {
    const field = find(element, 'textarea', HTMLTextAreaElement);
    field.value = 'Who?';
    field.dispatchEvent(new Event('input'));
    await fixture.whenStable();
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true }));
    http.expectOne({ method: 'POST', url: '/api/sessions' }).flush(made);
    await turn();
    const asked = http.expectOne('/api/sessions/made/messages');
    expect(asked.request.body).toEqual({ content: 'Who?' });
    asked.flush({});
    await follow();
    expect(field.value).toBe('');
  });

  it('is made with its first documents', async () => {
    const files = find(element, 'app-composer input[type=file]', HTMLInputElement);
    Object.defineProperty(files, 'files', { value: [new File(['x'], 'log.pdf')] });
    files.dispatchEvent(new Event('change'));
    http.expectOne({ method: 'POST', url: '/api/sessions' }).flush(made);
    await turn();
    await follow();
    http.expectOne({ method: 'POST', url: '/api/sessions/made/documents' });
  });

  it('keeps the question when it could not be made, and asks for the same one again', async () => {
    const field = find(element, 'textarea', HTMLTextAreaElement);
    const keys: (string | null)[] = [];
    for (let attempt = 0; attempt < 2; attempt++) {
      field.value = 'Who?';
      field.dispatchEvent(new Event('input'));
      await fixture.whenStable();
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true }));
      const request = http.expectOne({ method: 'POST', url: '/api/sessions' });
      keys.push(request.request.headers.get('Idempotency-Key'));
      request.error(new ProgressEvent('error'));
      await turn();
      await fixture.whenStable();
    }
    expect([field.value, keys[0]]).toEqual(['Who?', keys[1]]);
    expect(keys[0]).toBeTruthy();
  });
});
