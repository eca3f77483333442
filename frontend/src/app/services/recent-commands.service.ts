import { Injectable, inject } from '@angular/core';

import { Account } from './account.service';

const KEY = 'ringside.commands';
const MOST = 5;

interface Kept {
  readonly owner: string;
  readonly ids: readonly string[];
}

/** Which commands were used last, the newest first: by their ids alone, for one person of this browser. */
@Injectable({ providedIn: 'root' })
export class RecentCommands {
  private readonly account = inject(Account);

  get ids(): readonly string[] {
    const kept = stored();
    return kept.owner === this.account.me()?.user.id ? kept.ids : [];
  }

  add(id: string): void {
    const kept: Kept = {
      owner: this.account.me()?.user.id ?? '',
      ids: [id, ...this.ids.filter((other) => other !== id)].slice(0, MOST),
    };
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // Storage may be forbidden or full; then nothing is recent.
    }
  }
}

function stored(): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Kept | null;
    if (kept) return kept;
  } catch {
    // Storage may be forbidden, or hold what somebody else has put there.
  }
  return { owner: '', ids: [] };
}
