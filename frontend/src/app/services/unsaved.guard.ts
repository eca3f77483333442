import { CanDeactivateFn } from '@angular/router';

/** A page on which something may have been typed. */
export interface Leavable {
  /** Asks whoever typed, if there is something to lose. */
  mayLeave(): boolean | Promise<boolean>;
}

export const whenLeavable: CanDeactivateFn<Leavable> = (page) => page.mayLeave();
