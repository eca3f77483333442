import { DestroyRef, Injectable, Signal, computed, inject, signal } from '@angular/core';

/** Something that can be done here by its name. */
export interface Command {
  /** The same wherever it is contributed: by it, it is known as done recently. */
  readonly id: string;
  readonly label: string;
  /** What it is about, as the palette's heading says. */
  readonly group: CommandGroup;
  /** Further words by which it is found. */
  readonly also?: string;
  /** What it rejects with is told to the person. */
  readonly run: () => unknown;
}

const GROUPS = ['This session', 'Go to', 'Ringside'] as const;
export type CommandGroup = (typeof GROUPS)[number];

/** What can be done now: what is on the page contributes it, with the same actions that its buttons have. */
@Injectable({ providedIn: 'root' })
export class Commands {
  private readonly parts = signal<readonly Signal<readonly Command[]>[]>([]);
  readonly all = computed(() => {
    const all = this.parts().flatMap((part) => part());
    return GROUPS.flatMap((group) => all.filter((one) => one.group === group));
  });
  /** Whether the palette that offers them is open. */
  readonly shown = signal(false);

  /** As long as whatever injects here lives. */
  contribute(part: Signal<readonly Command[]>): void {
    this.parts.update((parts) => [...parts, part]);
    inject(DestroyRef).onDestroy(() => {
      this.parts.update((parts) => parts.filter((one) => one !== part));
    });
  }
}
