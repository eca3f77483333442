import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';

import { find, words } from '../../../testing/dom';
import { FakeBrowser } from '../../../testing/fake-browser';
import { session } from '../../../testing/sessions';
import { BROWSER } from '../../services/browser';
import { SessionsService } from '../../services/sessions.service';
import { NotFoundComponent } from '../shared/not-found.component';
import { SessionFilterComponent } from './session-filter.component';
import { SessionListComponent } from './session-list.component';
import { SessionMarksComponent } from '../shared/session-marks.component';

const SNIPPET = {
  message_id: 'message-1',
  run_id: 'run-1',
  role: 'user' as const,
  created_at: '2026-03-14T09:00:00Z',
  parts: [
    { text: 'Who <b>rebuilt</b> the ', match: false },
    { text: 'engine', match: true },
    { text: '?', match: false },
  ],
};

describe('finding sessions', () => {
  let http: HttpTestingController;

  beforeEach(() => {
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideRouter([{ path: '**', component: NotFoundComponent }]),
        { provide: BROWSER, useValue: new FakeBrowser() },
      ],
    });
    Object.assign(HTMLElement.prototype, { showPopover: () => undefined, hidePopover: () => undefined });
    http = TestBed.inject(HttpTestingController);
  });

  const listed = (sessions: object[] = []): void =>
    http.expectOne(({ url }) => url === '/api/sessions').flush({ sessions, next_cursor: null });
  const tags = (): void => http.expectOne('/api/tags').flush({ tags: [{ tag: 'boats', sessions: 2 }] });

  async function list(sessions: object[]): Promise<ComponentFixture<SessionListComponent>> {
    const fixture = TestBed.createComponent(SessionListComponent);
    listed(sessions);
    await fixture.whenStable();
    return fixture;
  }

  it('shows what was found as text, the match marked, and leads to the question', async () => {
    const fixture = await list([session('a', { snippets: [SNIPPET] })]);
    const snippet = find(fixture.nativeElement as HTMLElement, 'a.snippet', HTMLAnchorElement);
    expect(words(snippet)).toBe('Asked: Who <b>rebuilt</b> the engine ?');
    expect([...snippet.querySelectorAll('mark')].map(words)).toEqual(['engine']);
    snippet.click();
    await vi.waitFor(() => expect(TestBed.inject(Router).url).toBe('/sessions/a#run-1'));
  });

  it('shows a priority that is not the normal one, and as many tags as there is room for', async () => {
    const fixture = TestBed.createComponent(SessionMarksComponent);
    const shown = async (of: object): Promise<string[]> => {
      fixture.componentRef.setInput('session', of);
      await fixture.whenStable();
      return [...(fixture.nativeElement as HTMLElement).querySelectorAll('.tag')].map(words);
    };
    expect(await shown({ tags: [], priority: 'normal' })).toEqual([]);
    expect(await shown({ tags: ['a', 'b', 'c', 'd', 'e'], priority: 'urgent' })).toEqual([
      'Urgent',
      'a',
      'b',
      'c',
      '+2',
    ]);
  });

  it('lists the sessions of a tag and of a priority, and all of them again', async () => {
    const fixture = TestBed.createComponent(SessionFilterComponent);
    tags();
    await fixture.whenStable();
    const element = fixture.nativeElement as HTMLElement;
    const choose = async (words_: string): Promise<string> => {
      [...element.querySelectorAll<HTMLElement>('[role=menuitemradio]')].find((one) => words(one) === words_)?.click();
      const asked = http.expectOne(({ url }) => url === '/api/sessions');
      asked.flush({ sessions: [], next_cursor: null });
      await fixture.whenStable();
      http.match('/api/tags');
      return asked.request.urlWithParams;
    };
    expect(await choose('boats (2)')).toContain('tag=boats');
    expect(words(element.querySelector('.filter.on'))).toBe('boats');
    expect(await choose('Urgent')).toMatch(/tag=boats&priority=urgent/);
    expect(await choose('Any tag')).not.toContain('tag=');
    expect(await choose('Any priority')).not.toContain('priority=');
    expect(element.querySelector('.filter.on')).toBeNull();
  });

  it('says that nothing was found, and shows all again', async () => {
    const fixture = await list([]);
    const element = fixture.nativeElement as HTMLElement;
    const service = TestBed.inject(SessionsService);
    const searched = service.filter({ query: 'ice', tag: 'boats' });
    await fixture.whenStable();
    expect(element.querySelector('nav')?.getAttribute('aria-busy')).toBe('true');
    listed();
    await searched;
    await fixture.whenStable();
    expect(words(element.querySelector('nav .hint'))).toBe('No session tagged “boats” matches “ice”. Show all');
    expect(words(element.querySelector('nav [role=status]'))).toBe('0 sessions found');
    find(element, 'nav .link', HTMLButtonElement).click();
    listed([session('a')]);
    await fixture.whenStable();
    expect([service.query(), service.tag(), element.querySelectorAll('app-session-item').length]).toEqual([
      '',
      null,
      1,
    ]);
  });

  it('says why a search failed', async () => {
    const fixture = await list([]);
    const service = TestBed.inject(SessionsService);
    const searched = service.search('ice');
    http.expectOne(({ url }) => url === '/api/sessions').error(new ProgressEvent('error'));
    await searched;
    await fixture.whenStable();
    expect(words((fixture.nativeElement as HTMLElement).querySelector('.hint.bad'))).toContain('cannot be reached');
    expect(service.searching()).toBe(false);
  });

  it('keeps what was found when a session is changed', async () => {
    const service = TestBed.inject(SessionsService);
    const loaded = service.search('engine');
    listed([session('a', { snippets: [SNIPPET] })]);
    await loaded;
    const described = service.describe('a', { tags: ['boats'] });
    http.expectOne('/api/sessions/a').flush(session('a', { tags: ['boats'] }));
    await described;
    expect(service.sessions()[0]).toMatchObject({ tags: ['boats'], snippets: [SNIPPET] });
  });
});
