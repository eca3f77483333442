import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, TestRequest, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';

import { session } from '../../testing/sessions';
import { Session } from '../models/models';
import { SessionsService } from './sessions.service';

describe('SessionsService', () => {
  let http: HttpTestingController;
  let list: SessionsService;

  beforeEach(() => {
    TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting()] });
    http = TestBed.inject(HttpTestingController);
    list = TestBed.inject(SessionsService);
  });

  afterEach(() => http.verify());

  const ids = (): string[] => list.sessions().map(({ id }) => id);
  const asked = (): TestRequest => http.expectOne(({ url }) => url === '/api/sessions');
  const page = (sessions: Session[], next_cursor: string | null = null): object => ({ sessions, next_cursor });

  async function load(sessions: Session[], next: string | null = null): Promise<void> {
    const loaded = list.reload();
    asked().flush(page(sessions, next));
    await loaded;
  }

  it('pages in older sessions, each once', async () => {
    await load([session('a'), session('b')], 'older');
    const more = list.more();
    const request = asked();
    expect(request.request.params.get('cursor')).toBe('older');
    request.flush(page([session('b'), session('c')]));
    await more;
    expect(ids()).toEqual(['a', 'b', 'c']);
    expect(list.hasMore()).toBe(false);
    await list.more();
  });

  it('keeps what is paged in when news come meanwhile', async () => {
    const at = (minute: number): Partial<Session> => ({ updated_at: `2026-03-14T09:${minute}:00Z` });
    const [a, b, c] = [session('a', at(50)), session('b', at(40)), session('c', at(30))];
    await load([a, b], 'older');
    const more = list.more();
    const older = asked();
    const refreshed = list.refresh();
    // A new session pushes the last one of the first page over its end.
    asked().flush(page([session('new', at(59)), a], 'after a'));
    await refreshed;
    expect(ids()).toEqual(['new', 'a', 'b']);
    older.flush(page([c]));
    await more;
    expect(ids()).toEqual(['new', 'a', 'b', 'c']);
    expect(list.hasMore()).toBe(false);

    // What is no longer on the first page, and is not older than its end, is gone.
    const again = list.refresh();
    asked().flush(page([a, b], 'older'));
    await again;
    expect(ids()).toEqual(['a', 'b', 'c']);
  });

  it('is not given its old name back by news that were read before it was renamed', async () => {
    await load([session('a', { title: 'Old' })]);
    const early = list.refresh();
    const stale = asked();
    const renamed = list.rename('a', 'New');
    http.expectOne('/api/sessions/a').flush(session('a', { title: 'New' }));
    await renamed;
    stale.flush(page([session('a', { title: 'Old' })]));
    await early;
    expect(list.sessions().map(({ title }) => title)).toEqual(['New']);
    asked().flush(page([session('a', { title: 'New' })]));
  });

  it('shows the answer to the last search, whichever comes first', async () => {
    const early = list.search('ha');
    const late = list.search('harbour');
    const [first, second] = http.match(({ url }) => url === '/api/sessions');
    second?.flush(page([session('harbour')]));
    first?.flush(page([session('hat'), session('harbour')]));
    await Promise.all([early, late]);
    expect(second?.request.params.get('query')).toBe('harbour');
    expect(ids()).toEqual(['harbour']);
  });

  it('does not page the list before on while another is on its way', async () => {
    await load([session('a')], 'after a');
    const searched = list.search('harbour');
    const request = asked();
    await list.more();
    http.expectNone(({ url }) => url === '/api/sessions');
    request.flush(page([session('harbour')], 'after harbour'));
    await searched;
    expect([ids(), list.hasMore()]).toEqual([['harbour'], true]);
  });

  it('keeps what it shows when the server is lost, says so, and is well again after', async () => {
    await load([session('a')]);
    const lost = list.refresh();
    asked().error(new ProgressEvent('error'));
    await lost;
    expect([list.state(), ids()]).toEqual(['failed', ['a']]);
    expect(list.error()).toContain('cannot be reached');
    const back = list.refresh();
    asked().flush(page([session('a'), session('b')]));
    await back;
    expect([list.state(), ids()]).toEqual(['ready', ['a', 'b']]);
  });

  it('asks the sample question as soon as the sample is there', async () => {
    const made = list.createSample();
    http.expectOne('/api/sessions/sample').flush({ session: session('s'), question: 'How full was she?' });
    await new Promise((resolve) => setTimeout(resolve));
    const sent = http.expectOne('/api/sessions/s/messages');
    expect(sent.request.body).toEqual({ content: 'How full was she?' });
    sent.flush({});
    expect((await made).id).toBe('s');
    expect(ids()).toEqual(['s']);
  });

  it('takes archived and deleted sessions off the list', async () => {
    await load([session('a'), session('b'), session('c')]);
    const archived = list.archive('a', true);
    const change = http.expectOne('/api/sessions/a');
    expect(change.request.body).toEqual({ archived: true });
    change.flush(session('a', { archived: true }));
    await archived;
    const deleted = list.remove('b');
    http.expectOne({ method: 'DELETE', url: '/api/sessions/b' }).flush(null, { status: 204, statusText: 'No Content' });
    await deleted;
    expect(ids()).toEqual(['c']);
  });

  it('knows a first visit from a search without a hit', async () => {
    await load([]);
    expect(list.none()).toBe(true);
    const searched = list.search('harbour');
    asked().flush(page([]));
    await searched;
    expect(list.none()).toBe(false);
  });
});
