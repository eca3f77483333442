import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';

import { me } from '../../../testing/accounts';
import { find, words } from '../../../testing/dom';
import { FakeBrowser } from '../../../testing/fake-browser';
import { session } from '../../../testing/sessions';
import { Account } from '../../services/account.service';
import { BROWSER } from '../../services/browser';
import { Inbox } from '../../services/inbox.service';
import { SessionsService } from '../../services/sessions.service';
import { NotFoundComponent } from '../shared/not-found.component';
import { SessionListComponent } from './session-list.component';

describe('SessionListComponent', () => {
  let fixture: ComponentFixture<SessionListComponent>;
  let element: HTMLElement;
  let http: HttpTestingController;
  const running = { status: 'running', started_at: new Date().toISOString() } as never;

  beforeEach(async () => {
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideRouter([{ path: '**', component: NotFoundComponent }]),
        { provide: BROWSER, useValue: new FakeBrowser() },
      ],
    });
    // jsdom knows neither popovers nor modal dialogs; that they open is for a real browser to show.
    Object.assign(HTMLElement.prototype, { showPopover: () => undefined, hidePopover: () => undefined });
    Object.assign(HTMLDialogElement.prototype, { showModal: () => undefined });
    http = TestBed.inject(HttpTestingController);
    fixture = TestBed.createComponent(SessionListComponent);
    http
      .expectOne(({ url }) => url === '/api/sessions')
      .flush({
        sessions: [session('a', { title: 'Solveig' }), session('b', { title: 'Tender', last_run: running })],
        next_cursor: null,
      });
    element = fixture.nativeElement as HTMLElement;
    await fixture.whenStable();
  });

  afterEach(() => vi.useRealTimers());

  it('groups sessions, what runs first, each with its state in words', () => {
    expect([...element.querySelectorAll('.session-group')].map(words)).toEqual(['Now', 'Earlier']);
    expect([...element.querySelectorAll('app-session-item .clip')].map(words)).toEqual(['Tender', 'Solveig']);
    expect([...element.querySelectorAll('app-session-item .dot')].map((dot) => dot.getAttribute('aria-label'))).toEqual(
      ['Running', 'No question yet'],
    );
  });

  it('tells a session in which a person is asked from one that only runs', async () => {
    const dot = (): HTMLElement => find(element, 'app-session-item .dot', HTMLElement);
    expect(dot().classList.contains('running')).toBe(true);
    const loaded = TestBed.inject(Inbox).load();
    http
      .expectOne(({ url }) => url === '/api/approvals')
      .flush({ approvals: [{ session_id: 'b' }], next_cursor: null });
    await loaded;
    await fixture.whenStable();
    expect([dot().classList.contains('warn'), dot().getAttribute('aria-label')]).toEqual([
      true,
      'Waiting for a person',
    ]);
  });

  it('searches on the server once the typing pauses', () => {
    vi.useFakeTimers();
    const field = find(element, '.search input', HTMLInputElement);
    for (const text of ['s', 'so', 'sol']) {
      field.value = text;
      field.dispatchEvent(new Event('input'));
      vi.advanceTimersByTime(100);
    }
    http.expectNone(({ url }) => url === '/api/sessions');
    vi.advanceTimersByTime(100);
    expect(http.expectOne(({ url }) => url === '/api/sessions').request.params.get('query')).toBe('sol');
  });

  it('goes to the search with a slash, but not while something is written', () => {
    document.body.append(element);
    const field = find(element, '.search input', HTMLInputElement);
    field.dispatchEvent(new KeyboardEvent('keydown', { key: '/', bubbles: true }));
    expect(document.activeElement).not.toBe(field);
    element.dispatchEvent(new KeyboardEvent('keydown', { key: '/', bubbles: true }));
    expect(document.activeElement).toBe(field);
  });

  it('asks before it deletes', async () => {
    const remove = (): void =>
      [...element.querySelectorAll<HTMLElement>('[role=menuitem]')]
        .find((item) => words(item).startsWith('Delete'))
        ?.click();
    const answer = async (value: string): Promise<void> => {
      const dialog = find(element, 'dialog', HTMLDialogElement);
      dialog.returnValue = value;
      dialog.dispatchEvent(new Event('close'));
      await fixture.whenStable();
    };
    remove();
    await fixture.whenStable();
    expect(words(element.querySelector('dialog h2'))).toBe('Delete “Tender”?');
    await answer('no');
    http.expectNone({ method: 'DELETE' });
    remove();
    await fixture.whenStable();
    await answer('yes');
    http.expectOne({ method: 'DELETE', url: '/api/sessions/b' });
  });

  it('opens the page of a new session, and makes none yet', async () => {
    find(element, '.button.primary', HTMLButtonElement).click();
    await vi.waitFor(() => expect(TestBed.inject(Router).url).toBe('/new'));
    http.expectNone({ method: 'POST', url: '/api/sessions' });
  });

  it('names the owner of sessions of others, and has a menu only for sessions one may change', async () => {
    await signIn('member');
    const list = TestBed.inject(SessionsService).reload();
    const sessions = [session('a'), session('b', { owner: 'Jon', mine: false, shared: true, may_change: false })];
    http.expectOne(({ url }) => url === '/api/sessions').flush({ sessions, next_cursor: null });
    await list;
    await fixture.whenStable();
    const items = [...element.querySelectorAll('app-session-item')];
    expect(items.map((item) => words(item.querySelector('small')))).toEqual(['', 'Jon']);
    expect(items.map((item) => item.querySelector('app-menu') !== null)).toEqual([true, false]);
  });

  it('lets a viewer begin nothing', async () => {
    const begin = (): Element | null => element.querySelector('.button.primary');
    expect(words(begin())).toBe('New session');
    await signIn('viewer');
    expect(begin()).toBeNull();
  });

  async function signIn(role: 'member' | 'viewer'): Promise<void> {
    const known = TestBed.inject(Account).known();
    http.expectOne('/api/auth/me').flush(me('Mara', role));
    await known;
    await fixture.whenStable();
  }
});
