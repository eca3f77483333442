import { Signal, computed, signal } from '@angular/core';

import { NowRow } from '../../models/models';

/** The runs that are chosen for what is done to many at once. */
export class Picked {
  private readonly ids = signal<ReadonlySet<string>>(new Set());
  /** Where a stretch begins that Shift and a click end. */
  private anchor = '';
  /** On a phone, whether rows can be chosen. */
  readonly choosing = signal(false);
  /** Those that are still there. */
  readonly rows = computed(() => this.shown().filter(({ row_id }) => this.ids().has(row_id)));
  readonly any = computed(() => this.rows().length > 0);

  /** What the page that compares two runs is told, where exactly two are chosen. */
  readonly compared = computed(() => {
    const [a, b, ...more] = this.rows();
    if (!a?.run_id || !b?.run_id || more.length > 0) return null;
    return { a: a.run_id, b: b.run_id, aSession: a.session_id, bSession: b.session_id };
  });

  /** `shown` in their order. */
  constructor(private readonly shown: Signal<readonly NowRow[]>) {}

  has(id: string): boolean {
    return this.ids().has(id);
  }

  /** With `stretch`, all from the one that was turned last get what this one gets. */
  toggle(id: string, stretch = false): void {
    const add = !this.has(id);
    const ids = this.shown().map(({ row_id }) => row_id);
    const [from, to] = [ids.indexOf(this.anchor), ids.indexOf(id)].sort((one, other) => one - other);
    const turned = stretch && from !== undefined && to !== undefined && from >= 0 ? ids.slice(from, to + 1) : [id];
    this.ids.update(
      (before) => new Set(add ? [...before, ...turned] : [...before].filter((one) => !turned.includes(one))),
    );
    this.anchor = id;
  }

  all(): void {
    this.ids.set(new Set(this.shown().map(({ row_id }) => row_id)));
  }

  clear(): void {
    this.ids.set(new Set());
    this.choosing.set(false);
  }
}
