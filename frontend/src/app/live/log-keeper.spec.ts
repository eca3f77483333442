import { FakeTabs } from '../../testing/fake-browser';
import { fakeCaches } from '../../testing/fake-caches';
import { LoggedEvent } from '../state/events';
import { DeviceCopy } from './device-copy';
import { LogKeeper, extentOf, keptEvents } from './log-keeper';

const event = (seq: number): LoggedEvent =>
  ({ type: 'agentMessage', seq, text: `word ${seq}` }) as unknown as LoggedEvent;
const whole = { first: 1, kept: 1, runsBefore: 0 };
const events = (first: number, last: number): LoggedEvent[] =>
  Array.from({ length: last - first + 1 }, (_, place) => event(first + place));

describe('LogKeeper', () => {
  let copy: DeviceCopy;
  let caches: ReturnType<typeof fakeCaches>;
  let sizes: number[];
  let locks: LockManager;
  let makeRoom: () => Promise<void>;

  beforeEach(() => {
    caches = fakeCaches();
    copy = new DeviceCopy(caches, 'mara');
    sizes = [];
    locks = new FakeTabs().locks as unknown as LockManager;
    makeRoom = vi.fn(() => Promise.resolve());
  });

  afterEach(() => vi.restoreAllMocks());

  const keeper = (ofTab = copy): LogKeeper =>
    new LogKeeper(ofTab, 'harbour', { locks, written: (bytes) => sizes.push(bytes), makeRoom });

  const names = (): string[] => [...caches.all.values()].flatMap((cache) => [...cache.keys()]).toSorted();

  async function kept(): Promise<readonly number[] | null> {
    const extent = await extentOf(copy, 'harbour');
    return extent && ((await keptEvents(copy, 'harbour', extent))?.map(({ seq }) => seq) ?? null);
  }

  it('keeps every event once, in order, over several blocks and writings', async () => {
    const log = keeper();
    log.take(events(1, 1500));
    await log.flush();
    log.take(events(1501, 2500));
    await log.flush();
    expect(await kept()).toEqual(Array.from({ length: 2500 }, (_, place) => place + 1));
    expect(sizes.at(-1)).toBeGreaterThan(sizes[0] ?? Infinity);
  });

  it('goes on behind what is kept already, which is as of before until the server is heard', async () => {
    const log = keeper();
    log.resume({ at: 1000, beginning: whole, events: events(1, 3) });
    await log.flush();
    expect((await extentOf(copy, 'harbour'))?.at).toBe(1000);
    log.take([event(4)]);
    await log.flush();
    expect(await kept()).toEqual([1, 2, 3, 4]);
    expect((await extentOf(copy, 'harbour'))?.at).toBeGreaterThan(1000);
  });

  it('has nothing of a log that was begun anew, but what has come since', async () => {
    const log = keeper();
    log.take(events(1, 3));
    await log.flush();
    log.reset({ first: 3, kept: 2, runsBefore: 1 }, 4);
    log.take(events(3, 4));
    await log.flush();
    expect(await kept()).toEqual([3, 4]);
    expect((await extentOf(copy, 'harbour'))?.beginning).toEqual({ first: 3, kept: 2, runsBefore: 1 });
  });

  it('leaves nothing of what came before the new beginning', async () => {
    const log = keeper();
    log.take(events(1, 3500));
    await log.flush();
    log.reset({ first: 2500, kept: 1, runsBefore: 2 }, 3500);
    log.take(events(2500, 3500));
    await log.flush();
    expect(await kept()).toEqual(events(2500, 3500).map(({ seq }) => seq));
    expect(names()).toEqual(['/kept/extent', '/kept/log/2', '/kept/log/3']);
  });

  it('has nothing of events that are erased, also in the block in which the log begins now', async () => {
    const log = keeper();
    log.take(events(1, 3500));
    await log.flush();
    log.reset({ first: 2500, kept: 2500, runsBefore: 0 }, 3500);
    log.take(events(2500, 3500));
    await log.flush();
    const texts = [...caches.all.values()].flatMap((cache) => [...cache.values()]).join();
    expect([texts.includes('word 2499"'), texts.includes('word 2500"')]).toEqual([false, true]);
  });

  it('begins anew where the server has less of the log than is kept', async () => {
    const log = keeper();
    log.take(events(1, 20));
    await log.flush();
    log.reset(whole, 10);
    log.take(events(1, 10));
    await log.flush();
    expect(await kept()).toHaveLength(10);
  });

  it('writes nothing of a log that is kept already, in however many tabs it is opened', async () => {
    const all = events(1, 5000);
    const first = keeper();
    first.take(all);
    await first.flush();
    const put = vi.spyOn(copy, 'put');
    for (let tab = 0; tab < 3; tab++) {
      const again = keeper();
      again.reset(whole, 5000);
      again.take(all);
      await again.flush();
    }
    expect(put).not.toHaveBeenCalled();
    const later = Date.now() + 60_000;
    vi.spyOn(Date, 'now').mockReturnValue(later);
    const muchLater = keeper();
    muchLater.reset(whole, 5000);
    muchLater.take(all);
    await muchLater.flush();
    expect(put.mock.calls.map(([name]) => name)).toEqual(['extent']);
    expect((await extentOf(copy, 'harbour'))?.at).toBe(later);
  });

  it('takes nothing from what another tab has kept since', async () => {
    const old = keeper();
    old.take(events(1, 100));
    await old.flush();
    const other = keeper(new DeviceCopy(caches, 'mara'));
    other.take(events(1, 500));
    await other.flush();
    old.close();
    await old.flush();
    expect(await kept()).toHaveLength(500);
  });

  it('goes on with a log that another tab has begun elsewhere, and keeps what it has not', async () => {
    const old = keeper();
    old.take(events(1, 4500));
    await old.flush();
    const other = keeper(new DeviceCopy(caches, 'mara'));
    other.reset({ first: 3500, kept: 1, runsBefore: 4 }, 4500);
    other.take(events(3500, 4500));
    await other.flush();
    old.take(events(4501, 5200));
    await old.flush();
    expect(await kept()).toEqual(events(3500, 5200).map(({ seq }) => seq));
  });

  it('adds nothing where what it has freed is kept no more', async () => {
    const old = keeper();
    old.take(events(1, 1500));
    await old.flush();
    await new DeviceCopy(caches, 'mara').drop('harbour');
    old.take(events(1501, 1510));
    await old.flush();
    expect(names()).toEqual([]);
  });

  it('lets tabs that write at the same time write one after the other', async () => {
    const put = copy.put.bind(copy);
    vi.spyOn(copy, 'put').mockImplementation(async (...what) => {
      if (what[0] === 'log/1') await new Promise((resolve) => setTimeout(resolve, 5)); // a disk that takes its time
      return put(...what);
    });
    const tabs = [keeper(), keeper(new DeviceCopy(caches, 'mara'))];
    for (const [place, log] of tabs.entries()) log.take(events(1, 1500 + 700 * place));
    await Promise.all(tabs.map((log) => log.flush()));
    expect(await kept()).toHaveLength(2200);
  });

  it('keeps later what the disk had no room for, and has room made once', async () => {
    let full = true;
    const put = copy.put.bind(copy);
    vi.spyOn(copy, 'put').mockImplementation((...what) =>
      full && what[0] === 'log/0' ? Promise.resolve(0) : put(...what),
    );
    const log = keeper();
    log.take(events(1, 1500));
    await log.flush();
    await log.flush();
    expect(await kept()).toBeNull();
    expect(makeRoom).toHaveBeenCalledOnce();
    full = false;
    log.take(events(1501, 1502));
    await log.flush();
    expect(await kept()).toHaveLength(1502);
  });

  it('keeps at once what there is room for after that', async () => {
    let full = true;
    const put = copy.put.bind(copy);
    vi.spyOn(copy, 'put').mockImplementation((...what) => (full ? Promise.resolve(0) : put(...what)));
    makeRoom = () => Promise.resolve(void (full = false));
    const log = keeper();
    log.take(events(1, 1500));
    await log.flush();
    expect(await kept()).toHaveLength(1500);
  });

  it('brings back nothing of a session that is dropped, while it is written or when it is left', async () => {
    for (const leave of [(log: LogKeeper) => log.close(), (log: LogKeeper) => log.close(false)]) {
      const put = copy.put.bind(copy);
      let dropped = false;
      vi.spyOn(copy, 'put').mockImplementation(async (...what) => {
        const size = await put(...what);
        if (!dropped) {
          dropped = true;
          leave(log);
          await copy.drop('harbour');
        }
        return size;
      });
      const log = keeper();
      log.take(events(1, 5000));
      await log.flush();
      await log.flush();
      expect([...caches.all.keys()]).toEqual([]);
      vi.restoreAllMocks();
      copy.admit('harbour');
    }
  });

  it('writes no more where it is closed without writing', async () => {
    const log = keeper();
    log.take(events(1, 5000));
    const put = copy.put.bind(copy);
    vi.spyOn(copy, 'put').mockImplementation((...what) => {
      log.close(false);
      return put(...what);
    });
    await log.flush();
    expect(names()).toEqual(['/kept/log/0']);
  });

  it('shows no log of which a part is missing', async () => {
    const log = keeper();
    log.take(events(1, 1500));
    await log.flush();
    await copy.remove('log/0', 'harbour');
    expect(await kept()).toBeNull();
  });

  it('keeps nothing once the copy is closed, also of what is on its way', async () => {
    const log = keeper();
    log.take(events(1, 3));
    const written = log.flush();
    copy.close();
    await written;
    expect([...caches.all.keys()]).toEqual([]);
  });
});
