import { Signal, WritableSignal, computed, effect } from '@angular/core';

import { Axis, axisFor, axisOf, panned, within, zoomed } from '../../state/axis';
import { Stretch } from '../../state/session-address';
import { Millis } from '../../state/session-state';

export interface TimeWindowOptions {
  readonly stretch: WritableSignal<Stretch | null>;
  /** Whether what goes on stays in view. */
  readonly follow: WritableSignal<boolean>;
  /** How long the run has taken so far. */
  readonly elapsed: Signal<Millis>;
  /** How long it is known to take: the same, or more at an earlier moment. */
  readonly known: Signal<Millis>;
  readonly goesOn: Signal<boolean>;
  readonly mostTicks: Signal<number>;
}

/** Which stretch of a run is in view, and the axis it stands on. */
export class TimeWindow {
  private readonly wholeAxis = computed(() => axisFor(Math.max(1000, this.options.known()), this.options.mostTicks()), {
    equal: sameAxis,
  });
  /** How long the axis of the whole run is. */
  readonly whole = computed(() => this.wholeAxis().span);
  /** null: the whole run. */
  readonly inView = computed(() => {
    const stretch = this.options.stretch();
    return stretch && within(this.whole(), stretch);
  });
  readonly axis = computed(
    () => {
      const stretch = this.inView();
      return stretch ? axisOf(stretch, this.options.mostTicks()) : this.wholeAxis();
    },
    { equal: sameAxis },
  );

  /** Make it in an injection context. */
  constructor(private readonly options: TimeWindowOptions) {
    // What goes on is followed sideways, too: a stretch that held the present goes on with it.
    effect(() => {
      const [stretch, elapsed] = [options.stretch(), options.elapsed()];
      if (!options.follow() || !options.goesOn() || stretch === null || elapsed <= stretch.to) return;
      const by = elapsed - stretch.to + (stretch.to - stretch.from) / 4;
      options.stretch.set({ from: stretch.from + by, to: stretch.to + by });
    });
  }

  /** `factor` times as much in view; what is at this share of the axis stays there. */
  zoom(factor: number, share = 0.5): void {
    this.look(zoomed(this.whole(), this.inView() ?? { from: 0, to: this.whole() }, factor, share));
  }

  /** On by this share of what is in view. */
  pan(share: number): void {
    const stretch = this.inView();
    if (stretch) this.look(panned(this.whole(), stretch, share));
  }

  /** Whoever looks at what is past does not follow what goes on. */
  look(stretch: Stretch | null): void {
    const inside = stretch && within(this.whole(), stretch);
    if (inside && inside.to < this.options.elapsed()) this.options.follow.set(false);
    this.options.stretch.set(inside);
  }

  /** Something that begins and ends then comes into view, if it is not. */
  reveal(begin: Millis, end: Millis): void {
    const stretch = this.inView();
    if (!stretch || (begin < stretch.to && end > stretch.from)) return;
    const half = (stretch.to - stretch.from) / 2;
    this.options.stretch.set(within(this.whole(), { from: begin - half, to: begin + half }));
  }
}

function sameAxis(one: Axis, other: Axis): boolean {
  return one.from === other.from && one.span === other.span && one.step === other.step;
}
