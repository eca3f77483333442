import { Injectable } from '@angular/core';
import type { ChangeObject } from 'diff';

/** Longer texts, and those that differ more, are not compared word by word: nobody reads that, and the page would stand. */
const LONGEST = 100_000;
const MOST_MS = 300;

/** What differs between two texts. Its library is loaded when it is used first. */
@Injectable({ providedIn: 'root' })
export class WordDifference {
  /** null: they have too little in common, or are too long. Rejects where the library cannot be loaded. */
  async between(left: string, right: string): Promise<readonly ChangeObject<string>[] | null> {
    if (left.length + right.length > LONGEST) return null;
    const { diffWordsWithSpace } = await import('diff');
    return diffWordsWithSpace(left, right, { timeout: MOST_MS }) ?? null;
  }
}
