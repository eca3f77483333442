import { HttpErrorResponse, provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { firstValueFrom, throwError } from 'rxjs';

import { me } from '../../testing/accounts';
import { FakeBrowser } from '../../testing/fake-browser';
import { fakeCaches } from '../../testing/fake-caches';
import { session } from '../../testing/sessions';
import { LoggedEvent } from '../state/events';
import { BROWSER } from './browser';
import { Copies } from './copies.service';

const AWAY = new HttpErrorResponse({ status: 0 });
const refusedBy = (error: HttpErrorResponse): Promise<string> => firstValueFrom(throwError(() => error));
const EVENT = { type: 'agentMessage', seq: 1 } as unknown as LoggedEvent;

describe('Copies', () => {
  const browser = new FakeBrowser();
  let caches: ReturnType<typeof fakeCaches>;
  let copies: Copies;
  let http: HttpTestingController;

  beforeEach(() => {
    caches = fakeCaches();
    browser.caches = caches;
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), { provide: BROWSER, useValue: browser }],
    });
    copies = TestBed.inject(Copies);
    http = TestBed.inject(HttpTestingController);
    copies.belongTo(me('Mara'));
  });

  const names = (): string[] => [...caches.all.keys()].sort();
  const cacheOf = (id: string): string => `ringside:copy:user-Mara:${id}`;

  async function keep(id: string): Promise<void> {
    copies.keepRecord(session(id));
    const keeper = copies.keeper(id);
    keeper?.take([EVENT]);
    await keeper?.flush();
  }

  it('answers with what the server has said, only while that is away', async () => {
    expect(await copies.answer('info', () => Promise.resolve('new'))).toBe('new');
    await vi.waitFor(() => expect(caches.all.get(cacheOf(''))?.get('/kept/info')).toBe('"new"'));
    expect(await copies.answer('info', () => refusedBy(AWAY))).toBe('new');
    const refused = new HttpErrorResponse({ status: 403 });
    await expect(copies.answer('info', () => refusedBy(refused))).rejects.toBe(refused);
    await expect(copies.answer('else', () => refusedBy(AWAY))).rejects.toBe(AWAY);
  });

  it('has a session with its log, and nothing of one that was not opened here', async () => {
    await keep('harbour');
    const kept = await copies.session('harbour');
    expect([kept?.record.id, kept?.events]).toEqual(['harbour', [EVENT]]);
    expect(await copies.session('other')).toBeNull();
  });

  it('has nothing of anybody else, and nothing once nobody is signed in', async () => {
    await keep('harbour');
    copies.belongTo(me('Tove'));
    await vi.waitFor(() => expect(names()).toEqual(['ringside:copy:user-Tove:']));
    await copies.forget();
    expect([names(), copies.keeps(), await copies.lastUser()]).toEqual([[], false, null]);
  });

  it('keeps the sessions that were opened last, and no more than it may', async () => {
    for (let number = 1; number <= 22; number++) {
      vi.spyOn(Date, 'now').mockReturnValue(Date.UTC(2026, 2, 14) + number);
      await keep(`session-${number}`);
    }
    await vi.waitFor(() => expect(names().filter((name) => name !== cacheOf(''))).toHaveLength(20));
    expect(names()).not.toContain(cacheOf('session-1'));
    expect(names()).not.toContain(cacheOf('session-2'));
    vi.restoreAllMocks();
  });

  it('asks for a session that is not listed, and drops it where the server says that there is none to see', async () => {
    await keep('gone');
    await keep('listed');
    copies.keepList([session('listed')]);
    await vi.waitFor(() => http.expectOne('/api/sessions/gone').flush(null, { status: 404, statusText: 'Not Found' }));
    await vi.waitFor(() => expect(names()).not.toContain(cacheOf('gone')));
    expect(names()).toContain(cacheOf('listed'));
    http.verify();
  });
});
