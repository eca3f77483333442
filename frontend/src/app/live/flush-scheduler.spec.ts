import { FlushScheduler } from './flush-scheduler';

describe('FlushScheduler', () => {
  let flushes: number[];
  let scheduler: FlushScheduler;

  beforeEach(() => {
    vi.useFakeTimers();
    flushes = [];
    scheduler = new FlushScheduler(() => flushes.push(performance.now()));
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('flushes with the next frame after a pause, once for all requests', () => {
    for (let request = 0; request < 3; request++) scheduler.request();
    expect(flushes).toHaveLength(0);
    vi.advanceTimersByTime(17);
    expect(flushes).toHaveLength(1);
    vi.advanceTimersByTime(1000);
    expect(flushes).toHaveLength(1);
  });

  it('flushes once with every frame while requests keep coming', () => {
    let frames = 0;
    const count = (): void => {
      frames++;
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
    for (let passed = 0; passed < 1000; passed += 4) {
      scheduler.request();
      vi.advanceTimersByTime(4);
    }
    expect(frames).toBeGreaterThan(50);
    expect(flushes).toHaveLength(frames);
  });

  it('needs no frame where nobody looks', () => {
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    scheduler.request();
    vi.advanceTimersByTime(499);
    expect(flushes).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(flushes).toHaveLength(1);
  });

  it('forgets what was requested when it is cancelled', () => {
    scheduler.request();
    vi.advanceTimersByTime(17);
    scheduler.request();
    scheduler.cancel();
    vi.advanceTimersByTime(1000);
    expect(flushes).toHaveLength(1);
  });
});
