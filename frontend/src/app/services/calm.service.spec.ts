import { Injector, Signal, computed, runInInjectionContext, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';

import { Calm } from './calm.service';

describe('Calm', () => {
  const source = signal(0);
  let followers: Signal<number>[];

  beforeEach(() => {
    vi.useFakeTimers();
    source.set(0);
    followers = [];
  });

  afterEach(() => vi.useRealTimers());

  function follow(urgent?: (value: number) => unknown, followed = source.asReadonly()): Signal<number> {
    const calm = TestBed.inject(Calm);
    const follower = runInInjectionContext(TestBed.inject(Injector), () => calm.follow(followed, urgent));
    followers.push(follower);
    TestBed.tick();
    return follower;
  }

  /** As while events come with every frame. Which followers have moved in each of them. */
  function frames(count: number): number[][] {
    return Array.from({ length: count }, () => {
      const before = followers.map((follower) => follower());
      vi.advanceTimersByTime(16);
      source.update((value) => value + 1);
      TestBed.tick();
      return followers.flatMap((follower, at) => (follower() === before[at] ? [] : [at]));
    });
  }

  it('follows a few times a second what changes in every frame', () => {
    const follower = follow();
    const moved = frames(60).filter(({ length }) => length > 0).length;
    expect(moved).toBeGreaterThanOrEqual(9);
    expect(moved).toBeLessThanOrEqual(14);
    expect(source() - follower()).toBeLessThanOrEqual(6);
  });

  it('lets those that follow take turns', () => {
    for (let at = 0; at < 4; at++) follow();
    const moved = frames(60).slice(15);
    expect(Math.max(...moved.map(({ length }) => length))).toBe(1);
    expect([0, 1, 2, 3].map((at) => moved.filter((some) => some.includes(at)).length >= 6)).toEqual(
      Array(4).fill(true),
    );
  });

  it('says the last value within a tenth of a second', () => {
    const follower = follow();
    frames(3);
    expect(follower()).toBeLessThan(source());
    vi.advanceTimersByTime(100);
    expect(follower()).toBe(source());
  });

  it('follows at once after a pause, and whenever what is urgent changes', () => {
    const tens = follow((value) => Math.floor(value / 10));
    vi.advanceTimersByTime(1000);
    source.set(1);
    TestBed.tick();
    expect(tens()).toBe(1);
    source.set(2);
    TestBed.tick();
    expect(tens()).toBe(1);
    source.set(13);
    expect(tens()).toBe(13);
  });

  it('is the same while nothing changes', () => {
    const seen: number[] = [];
    const even = computed(() => source() - (source() % 2));
    const follower = follow(undefined, even);
    const watching = computed(() => seen.push(follower()));
    frames(1);
    watching();
    vi.advanceTimersByTime(1000);
    watching();
    expect(seen).toEqual([0]);
  });
});
