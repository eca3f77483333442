import { signal } from '@angular/core';

import { step } from '../../testing/events';
import { fold } from '../state/fold';
import { SessionState, emptyState } from '../state/session-state';
import { Replay } from './replay';

const BEGIN = Date.UTC(2026, 2, 14, 9, 0, 0);

describe('the moment of a session that is looked at', () => {
  const events = Array.from({ length: 20 }, (_, at) => step(at + 1, at * 100, { activity_id: `${at}` }));
  let frames: FrameRequestCallback[];
  let now: ReturnType<typeof signal<SessionState>>;
  let replay: Replay;
  let load: ReturnType<typeof vi.fn<(seq: number) => Promise<boolean>>>;
  let at: number;

  /** So many milliseconds later the browser draws. */
  const later = (ms: number): void => {
    at += ms;
    const due = frames;
    frames = [];
    for (const frame of due) frame(at);
  };

  beforeEach(() => {
    frames = [];
    at = 1000;
    load = vi.fn(() => Promise.resolve(true));
    vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => frames.push(frame));
    vi.stubGlobal('cancelAnimationFrame', () => (frames = []));
    vi.spyOn(performance, 'now').mockImplementation(() => at);
    now = signal(fold(emptyState(), events.slice(0, 10)));
    replay = new Replay(now, signal(BEGIN + 1300).asReadonly(), load);
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it('stands still while the session goes on, and says what is not shown', () => {
    replay.pause();
    const held = replay.state();
    now.update((state) => fold(state, events.slice(10)));
    expect([replay.state() === held, held?.cursor, replay.newer()]).toEqual([true, 10, 10]);
    expect(replay.moment()).toBe(BEGIN + 1300);
    replay.toNow();
    expect([replay.state(), replay.newer(), replay.moment()]).toEqual([null, 0, null]);
  });

  it('leads to any moment, and plays from there at its pace until it is now', () => {
    replay.seek(3);
    expect([replay.state()?.cursor, replay.moment()]).toEqual([3, BEGIN + 200]);
    replay.setPace(2);
    replay.play();
    later(99);
    expect([replay.cursor(), replay.moment()]).toEqual([4, BEGIN + 398]);
    later(51);
    expect(replay.cursor()).toBe(6);
    later(1000);
    expect([replay.isPast(), replay.isPlaying(), frames.length]).toEqual([false, false, 0]);
  });

  it('plays from the beginning where it is now', () => {
    replay.play();
    expect([replay.isPast(), replay.cursor()]).toEqual([true, 0]);
    later(1);
    expect(replay.cursor()).toBe(1);
  });

  it('has a moment loaded that is not, and shows it then', async () => {
    now.set(fold(emptyState(8, 1, 1), events.slice(7)));
    let arrive = (): void => undefined;
    load.mockImplementation(
      () =>
        new Promise((resolve) => {
          arrive = () => {
            replay.grow(7, []);
            now.set(fold(emptyState(), events));
            resolve(true);
          };
        }),
    );
    replay.seek(3);
    expect([load.mock.calls, replay.isLoading(), replay.cursor(), replay.state()?.cursor]).toEqual([
      [[4]],
      true,
      3,
      undefined,
    ]);
    arrive();
    await vi.waitFor(() => expect([replay.isLoading(), replay.state()?.cursor]).toEqual([false, 3]));
  });

  it('stays at its moment while earlier ones are loaded, and plays from the beginning of all', async () => {
    now.set(fold(emptyState(8, 1, 1), events.slice(7)));
    replay.seek(12);
    replay.grow(7, []);
    now.set(fold(emptyState(), events));
    expect([replay.cursor(), replay.state()?.cursor, replay.state()?.log.length]).toEqual([12, 12, 12]);
    replay.toNow();
    now.set(fold(emptyState(8, 1, 1), events.slice(7)));
    load.mockImplementation(() => {
      replay.grow(7, []);
      now.set(fold(emptyState(), events));
      return Promise.resolve(true);
    });
    replay.play();
    await vi.waitFor(() => expect([replay.isPlaying(), replay.cursor()]).toEqual([true, 0]));
    expect(load.mock.lastCall).toEqual([1]);
  });

  it('does not play what could not be loaded, and goes where one looks meanwhile', async () => {
    now.set(fold(emptyState(8, 1, 1), events.slice(7)));
    load.mockResolvedValue(false);
    replay.play();
    await vi.waitFor(() => expect(replay.isLoading()).toBe(false));
    expect([replay.isPlaying(), replay.isPast(), replay.cursor()]).toEqual([false, false, 20]);
    replay.seek(2);
    replay.seek(10);
    await Promise.resolve();
    expect([replay.isLoading(), replay.cursor()]).toEqual([false, 10]);
  });

  it('catches up in a few seconds however much was missed', () => {
    const hour = Array.from({ length: 3000 }, (_, seq) => step(seq + 1, seq * 60_000, { activity_id: 'a' }));
    now.set(fold(emptyState(), hour));
    replay.seek(1);
    replay.catchUp();
    for (let frame = 0; frame < 31 && replay.isPast(); frame++) later(100);
    expect(replay.isPast()).toBe(false);
  });

  it('is now when another session begins', () => {
    replay.seek(3);
    replay.reset();
    expect(replay.isPast()).toBe(false);
  });
});
