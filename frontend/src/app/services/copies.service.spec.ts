import { HttpErrorResponse, provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { firstValueFrom, throwError } from 'rxjs';

import { me } from '../../testing/accounts';
import { FakeBrowser } from '../../testing/fake-browser';
import { fakeCaches } from '../../testing/fake-caches';
import { session } from '../../testing/sessions';
import { DeviceCopy } from '../live/device-copy';
import { Extent } from '../live/log-keeper';
import { LoggedEvent } from '../state/events';
import { BROWSER } from './browser';
import { Copies } from './copies.service';

const MIB = 1024 * 1024;
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
    void copies.belongTo(me('Mara'));
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
    expect(await copies.belongTo(me('Tove'))).toBe(true);
    await vi.waitFor(() => expect(names()).toEqual(['ringside:copy:user-Tove:']));
    await copies.forget();
    expect([names(), copies.keeps('harbour'), await copies.lastUser('user-Tove')]).toEqual([[], false, null]);
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

  /** As other pages have kept them, each somewhat before the one before it. */
  async function keptBefore(sizes: Readonly<Record<string, number>>): Promise<void> {
    const copy = new DeviceCopy(caches, 'user-Mara');
    for (const [place, [id, bytes]] of Object.entries(sizes).entries()) {
      const at = Date.now() - 60_000 * (place + 1);
      const extent: Extent = { beginning: { first: 1, kept: 1, runsBefore: 0 }, last: 9, sizes: { 0: bytes }, at };
      await copy.put('extent', extent, id);
    }
  }

  it('drops a session that is too large for all its room, and leaves the others', async () => {
    await keptBefore({ large: 51 * MIB, small: 1000, half: 25 * MIB, other: 26 * MIB, least: 1000 });
    await keep('open');
    await vi.waitFor(() => expect(names()).not.toContain(cacheOf('other')));
    expect(names()).toEqual(['', 'half', 'least', 'open', 'small'].map(cacheOf));
  });

  it('writes no more of an open session that has grown too large', async () => {
    copies.keepRecord(session('open'));
    const keeper = copies.keeper('open');
    const put = DeviceCopy.prototype.put;
    vi.spyOn(DeviceCopy.prototype, 'put').mockImplementation(async function (this: DeviceCopy, ...what) {
      const size = await put.apply(this, what);
      return what[0].startsWith('log/') ? 51 * MIB : size;
    });
    keeper?.take([EVENT]);
    await keeper?.flush();
    vi.restoreAllMocks();
    await vi.waitFor(() => expect(names()).toEqual([cacheOf('')]));
    keeper?.take([{ type: 'agentMessage', seq: 2 } as unknown as LoggedEvent]);
    await keeper?.flush();
    expect(names()).toEqual([cacheOf('')]);
    await keep('open'); // it is opened again, with less
    expect(names()).toContain(cacheOf('open'));
  });

  it('makes room on a full disk by the older half, and not by what is open', async () => {
    await keptBefore({ first: 1000, second: 1000, third: 1000, open: 1000 });
    copies.keepRecord(session('open'));
    const keeper = copies.keeper('open');
    const put = DeviceCopy.prototype.put;
    let refused = 0;
    vi.spyOn(DeviceCopy.prototype, 'put').mockImplementation(function (this: DeviceCopy, ...what) {
      return what[0].startsWith('log/') && refused++ === 0 ? Promise.resolve(0) : put.apply(this, what);
    });
    keeper?.take(Array.from({ length: 10 }, (_, place) => ({ ...EVENT, seq: place + 1 })));
    await keeper?.flush();
    expect(names()).toEqual(['', 'first', 'open'].map(cacheOf));
    expect((await copies.session('open'))?.events).toHaveLength(10);
    vi.restoreAllMocks();
  });

  it('keeps nothing of a session that is watched by a link, and shows nothing of it', async () => {
    await keep('own');
    copies.watch('watched');
    copies.keepRecord(session('watched'));
    await copies.answer('documents', () => Promise.resolve([]), 'watched');
    expect([copies.keeper('watched'), copies.keeps('watched'), await copies.session('watched')]).toEqual([
      null,
      false,
      null,
    ]);
    expect(names()).toEqual([cacheOf(''), cacheOf('own')]);
    copies.watch('');
    expect(copies.keeps('watched')).toBe(true);
  });

  it('hands on the server’s error where the browser’s storage is broken', async () => {
    const broken = (): Promise<never> => Promise.reject(new DOMException('The operation is insecure.'));
    Object.assign(caches, { has: broken, keys: broken, open: broken, delete: broken });
    await expect(copies.answer('info', () => refusedBy(AWAY))).rejects.toBe(AWAY);
    expect([await copies.session('harbour'), await copies.list()]).toEqual([null, null]);
    await copies.forget();
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
