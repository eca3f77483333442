import { fakeCaches } from '../../testing/fake-caches';
import { DeviceCopy } from './device-copy';

describe('DeviceCopy', () => {
  let caches: ReturnType<typeof fakeCaches>;
  let copy: DeviceCopy;

  beforeEach(() => {
    caches = fakeCaches();
    copy = new DeviceCopy(caches, 'mara');
  });

  /** Each cache takes a while to be opened. */
  function slowly(): void {
    const open = caches.open.bind(caches);
    caches.open = async (name) => {
      await new Promise((resolve) => setTimeout(resolve));
      return open(name);
    };
  }

  it('has nothing of what was on its way when it was closed', async () => {
    slowly();
    const sizes = Promise.all([copy.put('me', {}), copy.put('record', {}, 'harbour')]);
    copy.close();
    expect([await sizes, [...caches.all.keys()]]).toEqual([[0, 0], []]);
  });

  it('has nothing of what was on its way when its session was dropped, until that is admitted again', async () => {
    slowly();
    const sizes = Promise.all([copy.put('record', {}, 'harbour'), copy.put('record', {}, 'quay')]);
    await copy.drop('harbour');
    expect([await sizes, await copy.sessionIds()]).toEqual([[0, 2], ['quay']]);
    expect(await copy.put('record', {}, 'harbour')).toBe(0);
    copy.admit('harbour');
    expect(await copy.put('record', {}, 'harbour')).toBe(2);
    expect(await copy.sessionIds()).toEqual(['quay', 'harbour']);
  });
});
