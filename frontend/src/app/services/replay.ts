import { Signal, computed, signal, untracked } from '@angular/core';

import { LoggedEvent } from '../state/events';
import { fold } from '../state/fold';
import { Playhead, advance, remaining, timeOf } from '../state/playback';
import { Millis, SessionState } from '../state/session-state';
import { APART, Snapshots } from '../state/snapshots';

export const PACES = [1, 2, 4, 8] as const;
/** What was missed is caught up with in so many milliseconds. */
const CATCH_UP: Millis = 3000;

/**
 * The moment of a session that is looked at: now, or an earlier one, at which the view stands still or from which it is
 * played. The session itself goes on meanwhile.
 */
export class Replay {
  private readonly head = signal<Playhead | null>(null);
  private readonly speed = signal(0);
  private readonly snapshots = new Snapshots();
  private frame: number | null = null;
  private lastFrame = 0;
  readonly chosenPace = signal<number>(PACES[0]);

  /** Whether an earlier moment is shown. */
  readonly isPast = computed(() => this.head() !== null);
  readonly isPlaying = computed(() => this.speed() > 0);
  /** The number of the event that is looked for, while it is loaded; what was shown before is shown until then. */
  private readonly sought = signal<number | null>(null);
  readonly isLoading = computed(() => this.sought() !== null);
  /** The number of the newest event that is shown, or looked for. */
  readonly cursor = computed(() => {
    const [head, sought] = [this.head(), this.sought()];
    if (sought !== null) return sought;
    return head === null ? this.now().cursor : this.now().first - 1 + head.count;
  });
  /** How many events there are that are not shown. */
  readonly newer = computed(() => this.now().cursor - this.cursor());
  private readonly count = computed(() => this.head()?.count ?? null);
  /** What was known at the moment that is shown; null: it is now. */
  readonly state = computed(() => {
    const count = this.count();
    return count === null ? null : untracked(() => this.snapshots.at(this.now(), this.now().first - 1 + count));
  });
  /** The moment that is shown; null: it is now. */
  readonly moment = computed(() => {
    const head = this.head();
    if (head === null) return null;
    const { log } = untracked(this.now);
    const at = timeOf(log.at(head.count - 1)) ?? timeOf(log.at(0));
    return at === null ? null : at + head.rest;
  });

  /** `now`: what is known now. `clock`: the time now. `load` has a moment loaded that is not yet: whether it is then. */
  constructor(
    private readonly now: Signal<SessionState>,
    private readonly clock: Signal<Millis>,
    private readonly load: (seq: number) => Promise<boolean>,
  ) {}

  /** What is known next, with some of the moments on the way to it kept. */
  fold(state: SessionState, events: readonly LoggedEvent[]): SessionState {
    let next = state;
    for (let at = 0; at < events.length; at += APART) {
      next = fold(next, events.slice(at, at + APART));
      this.snapshots.keep(next);
    }
    return next;
  }

  /** The log begins with so many events more than it did; the moment that is shown stays. */
  grow(by: number, states: readonly SessionState[]): void {
    this.snapshots.begin(states);
    this.head.update((head) => head && { ...head, count: head.count + by });
  }

  /** Another log begins. */
  reset(): void {
    this.snapshots.forget();
    this.toNow();
  }

  toNow(): void {
    this.stop();
    this.sought.set(null);
    this.head.set(null);
  }

  /** The view stands still, at the moment that it shows. */
  pause(): void {
    this.stop();
    if (this.isPast()) return;
    const { log } = this.now();
    const last = timeOf(log.at(log.length - 1));
    const rest = last === null || log.length === 0 ? 0 : Math.max(0, this.clock() - last);
    this.head.set({ count: log.length, rest });
  }

  /** Shows what was known after the event with this number, as soon as that is loaded. */
  seek(seq: number): void {
    if (this.isMissing(seq)) {
      this.stop();
      void this.seekMissing(seq);
      return;
    }
    this.sought.set(null);
    this.showAt(seq);
  }

  /** Goes on from the moment that is shown, or from the beginning where that is now. */
  play(): void {
    if (this.isLoading()) return;
    const beginning = this.now().kept - 1;
    if (!this.isPast() && this.isMissing(beginning)) {
      void this.seekMissing(beginning).then((there) => {
        if (there) this.start(this.chosenPace());
      });
      return;
    }
    if (!this.isPast()) this.showAt(beginning);
    this.start(this.chosenPace());
  }

  setPace(pace: number): void {
    this.chosenPace.set(pace);
    if (this.isPlaying()) this.speed.set(pace);
  }

  /** Plays what was missed in a few seconds, and is at now then. */
  catchUp(): void {
    const head = this.head();
    if (head === null) return;
    const missed = remaining(this.now().log, head.count);
    this.start(Math.max(PACES[PACES.length - 1] ?? 1, missed / CATCH_UP));
  }

  private showAt(seq: number): void {
    const { first, cursor } = this.now();
    const count = Math.min(cursor, Math.max(first - 1, seq)) - (first - 1);
    this.head.set({ count, rest: 0 });
  }

  private isMissing(seq: number): boolean {
    const { first, kept } = this.now();
    return first > kept && seq < first - 1;
  }

  /** Whether it is shown then; another moment may be looked for meanwhile. */
  private async seekMissing(seq: number): Promise<boolean> {
    this.sought.set(seq);
    const there = await this.load(seq + 1);
    if (this.sought() !== seq) return false;
    this.sought.set(null);
    if (there) this.showAt(seq);
    return there;
  }

  private start(speed: number): void {
    this.speed.set(speed);
    this.lastFrame = performance.now();
    this.frame ??= requestAnimationFrame((at) => this.step(at));
  }

  private stop(): void {
    this.speed.set(0);
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.frame = null;
  }

  private step(at: number): void {
    this.frame = null;
    const head = this.head();
    if (head === null || !this.isPlaying()) return;
    const { log } = this.now();
    const next = advance(log, head, Math.max(0, at - this.lastFrame) * this.speed());
    this.lastFrame = at;
    if (next.count >= log.length) {
      this.toNow();
      return;
    }
    this.head.set(next);
    this.frame = requestAnimationFrame((then) => this.step(then));
  }
}
