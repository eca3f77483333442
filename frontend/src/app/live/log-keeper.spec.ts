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

  beforeEach(() => {
    caches = fakeCaches();
    copy = new DeviceCopy(caches, 'mara');
    sizes = [];
  });

  const keeper = (): LogKeeper => new LogKeeper(copy, 'harbour', (bytes) => sizes.push(bytes));

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
    log.reset({ first: 3, kept: 2, runsBefore: 1 });
    log.take(events(3, 4));
    await log.flush();
    expect(await kept()).toEqual([3, 4]);
    expect((await extentOf(copy, 'harbour'))?.beginning).toEqual({ first: 3, kept: 2, runsBefore: 1 });
  });

  it('leaves nothing of what came before the new beginning', async () => {
    const log = keeper();
    log.take(events(1, 3500));
    await log.flush();
    log.reset({ first: 2500, kept: 1, runsBefore: 2 });
    log.take(events(2500, 3500));
    await log.flush();
    expect(await kept()).toEqual(events(2500, 3500).map(({ seq }) => seq));
    expect([...[...caches.all.values()].flatMap((cache) => [...cache.keys()])].toSorted()).toEqual([
      '/kept/extent',
      '/kept/log/2',
      '/kept/log/3',
    ]);
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
