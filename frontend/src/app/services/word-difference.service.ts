import { Injectable } from '@angular/core';
import type { ChangeObject } from 'diff';

/** Longer texts, and those that differ more, are not compared word by word: nobody reads that, and the page would stand. */
const LONGEST = 100_000;
const MOST_MS = 300;
/** How much of the shorter text must be in the other one. */
const LEAST = 0.4;

/** What differs between two texts. Its library is loaded when it is used first. */
@Injectable({ providedIn: 'root' })
export class WordDifference {
  /** null: they have too little in common, or are too long. Rejects where the library cannot be loaded. */
  async between(left: string, right: string): Promise<readonly ChangeObject<string>[] | null> {
    if (left.length + right.length > LONGEST) return null;
    const { diffWordsWithSpace } = await import('diff');
    const found = diffWordsWithSpace(left, right, { timeout: MOST_MS });
    if (!found) return null;
    const common = found.reduce((sum, { value, added, removed }) => sum + (added || removed ? 0 : worth(value)), 0);
    return common >= LEAST * Math.min(worth(left), worth(right)) ? found : null;
  }
}

function worth(text: string): number {
  return text.replace(/\s+/g, '').length;
}
