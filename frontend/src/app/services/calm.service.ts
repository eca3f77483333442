import { DestroyRef, Injectable, Signal, computed, effect, inject, signal, untracked } from '@angular/core';

/** What follows calmly is behind for so many milliseconds, and as many again where nothing else moves. */
const PACE = 70;
const LAST = 25;
/** Less than between two frames. */
const APART = 10;

interface Follower {
  at: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  move(): void;
}

/**
 * For figures and words beside what moves: they change many times a second and can be read only a few times. Those that
 * follow calmly take turns, about one in each frame, so that no frame has to draw them all.
 */
@Injectable({ providedIn: 'root' })
export class Calm {
  /** When one of them moved last. */
  private last = -Infinity;

  /** As `source`, a moment later; at once where `urgent` changes. Call it in an injection context. */
  follow<T>(source: Signal<T>, urgent: (value: T) => unknown = () => null): Signal<T> {
    const turn = signal(0);
    const urgency = computed(() => urgent(source()));
    const follower: Follower = { at: -Infinity, timer: undefined, move: () => turn.update((turns) => turns + 1) };
    effect(() => {
      source();
      untracked(() => this.ask(follower));
    });
    inject(DestroyRef).onDestroy(() => clearTimeout(follower.timer));
    return computed(() => {
      urgency();
      turn();
      return untracked(source);
    });
  }

  private ask(follower: Follower): void {
    const now = performance.now();
    const waited = now - follower.at;
    if (waited >= 2 * PACE || (waited >= PACE && now - this.last >= APART)) this.move(follower);
    else follower.timer ??= setTimeout(() => this.move(follower), Math.max(0, PACE - waited) + LAST);
  }

  private move(follower: Follower): void {
    clearTimeout(follower.timer);
    follower.timer = undefined;
    follower.at = this.last = performance.now();
    follower.move();
  }
}
