import { Injectable, inject } from '@angular/core';

import { Notices } from './notices.service';

/** What is copied; where the browser does not allow it, that is said. */
@Injectable({ providedIn: 'root' })
export class Clipboard {
  private readonly notices = inject(Notices);

  /** Whether it was copied. */
  async copy(text: string): Promise<boolean> {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      this.notices.add(
        new Error($localize`This browser does not allow copying here. Select the text and copy it by hand.`),
      );
      return false;
    }
  }
}
