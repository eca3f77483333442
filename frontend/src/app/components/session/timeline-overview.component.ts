import { Component, ElementRef, computed, effect, inject, input, output } from '@angular/core';

import { Density, densityPath, marksPath } from '../../state/density';
import { Stretch } from '../../state/session-address';
import { Millis } from '../../state/session-state';

export const PARTS = 240;
const HEIGHT = 22;
/** So near to an edge of what is in view, a press takes the edge. */
const EDGE = 5;

/** The whole run on one line: when how much goes on, where it failed, and which stretch is in view. */
@Component({
  selector: 'app-timeline-overview',
  template: `
    <svg [attr.viewBox]="'0 0 ' + parts + ' ' + height" preserveAspectRatio="none" aria-hidden="true">
      <path class="much" [attr.d]="much()" />
      <path class="failures" [attr.d]="failures()" />
    </svg>
    @if (stretch(); as stretch) {
      <i class="off" [style.left.%]="0" [style.width.%]="share(stretch.from)"></i>
      <i class="off" [style.left.%]="share(stretch.to)" [style.right.px]="0"></i>
      <i class="in" [style.left.%]="share(stretch.from)" [style.width.%]="share(stretch.to - stretch.from)"></i>
    }
  `,
  styleUrl: './timeline-overview.component.css',
})
export class TimelineOverviewComponent {
  readonly density = input.required<Density>();
  /** How long the whole run is. */
  readonly whole = input.required<Millis>();
  readonly stretch = input.required<Stretch | null>();
  readonly chosen = output<Stretch | null>();

  protected readonly parts = PARTS;
  protected readonly height = HEIGHT;
  protected readonly much = computed(() => densityPath(this.density().counts, HEIGHT - 2));
  protected readonly failures = computed(() => marksPath(this.density().failed, HEIGHT));
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;

  constructor() {
    effect((onCleanup) => {
      const listening = new AbortController();
      const { signal } = listening;
      this.element.addEventListener('pointerdown', (event) => this.onDown(event), { signal });
      this.element.addEventListener('dblclick', () => this.chosen.emit(null), { signal });
      onCleanup(() => listening.abort());
    });
  }

  protected share(at: Millis): number {
    return Math.min(100, Math.max(0, (at / this.whole()) * 100));
  }

  /** In the window it moves it, at one of its edges it moves the edge; elsewhere it draws another. */
  private onDown(down: PointerEvent): void {
    if (down.button !== 0) return;
    const { left, width } = this.element.getBoundingClientRect();
    const timeAt = (x: number): Millis => Math.min(1, Math.max(0, (x - left) / width)) * this.whole();
    const at = timeAt(down.clientX);
    const near = (EDGE / width) * this.whole();
    const before = this.stretch();
    const drag = this.dragOf(before, at, near);
    this.element.setPointerCapture(down.pointerId);
    const moving = new AbortController();
    const { signal } = moving;
    this.element.addEventListener('pointermove', (move) => this.chosen.emit(drag(timeAt(move.clientX))), { signal });
    for (const end of ['pointerup', 'pointercancel'] as const) {
      this.element.addEventListener(end, () => moving.abort(), { signal });
    }
  }

  private dragOf(before: Stretch | null, at: Millis, near: Millis): (to: Millis) => Stretch {
    if (before && Math.abs(at - before.from) <= near) return (to) => ordered(to, before.to);
    if (before && Math.abs(at - before.to) <= near) return (to) => ordered(before.from, to);
    if (before && at > before.from && at < before.to) {
      return (to) => ({ from: before.from + to - at, to: before.to + to - at });
    }
    return (to) => ordered(at, to);
  }
}

function ordered(one: Millis, other: Millis): Stretch {
  return { from: Math.min(one, other), to: Math.max(one, other) };
}
