import { ElementRef, Injector, afterNextRender, effect, inject, untracked } from '@angular/core';

/** The entries of a list, one of which may have the focus: what goes leaves it to the next, whoever took it away. */
export class Entries {
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly injector = inject(Injector);

  /** Make it in an injection context. `list` is read to know when an entry may go. */
  constructor(list: () => unknown) {
    effect(() => {
      list();
      untracked(() => this.keepFocus());
    });
  }

  /** Those that can have the focus, in their order. */
  shown(): readonly HTMLElement[] {
    return [...this.host.querySelectorAll('article')].filter((one) => one.closest('details:not([open])') === null);
  }

  /** An effect of a component runs before what has changed is drawn: the entry is still there. */
  private keepFocus(): void {
    const entries = this.shown();
    const at = entries.findIndex((one) => one.contains(document.activeElement));
    const focused = entries[at];
    if (!focused) return;
    const nearest = [...entries.slice(at + 1), ...entries.slice(0, at).reverse()];
    const handOn = (): void => {
      if (focused.isConnected || document.activeElement !== document.body) return;
      const next = nearest.find(({ isConnected }) => isConnected);
      (next ?? document.querySelector<HTMLElement>('h1'))?.focus();
    };
    afterNextRender(handOn, { injector: this.injector });
  }
}
