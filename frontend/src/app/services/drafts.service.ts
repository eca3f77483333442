import { Injectable } from '@angular/core';

const KEY = 'ringside.drafts';

interface Kept {
  /** The id of the user who wrote them. */
  readonly owner: string;
  /** Questions by session, that of a session that is yet to be made under ''; answers by the run they are for. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Questions, and people's answers, that are half written. They outlive a reload of this tab, and are nobody else's. */
@Injectable({ providedIn: 'root' })
export class Drafts {
  private kept = stored();

  /** Those of somebody else are forgotten. */
  belongTo(owner: string): void {
    if (this.kept.owner !== owner) this.put({ owner, texts: {} });
  }

  /** `about`: the id of the session, or of the run. */
  of(about: string): string {
    return this.kept.texts[about] ?? '';
  }

  keep(about: string, text: string): void {
    const others = Object.entries(this.kept.texts).filter(([id]) => id !== about);
    this.put({ ...this.kept, texts: Object.fromEntries(text === '' ? others : [...others, [about, text]]) });
  }

  /** The question was sent, and is a draft no more, unless the next one is being written already. */
  settle(sessionId: string, question: string): void {
    if (this.of(sessionId).trim() === question.trim()) this.keep(sessionId, '');
  }

  /** The session that was yet to be made is there. */
  move(sessionId: string): void {
    const text = this.of('');
    this.keep('', '');
    this.keep(sessionId, text);
  }

  forget(): void {
    this.put({ ...this.kept, texts: {} });
  }

  private put(kept: Kept): void {
    this.kept = kept;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // Storage may be forbidden or full; drafts then last until the page is closed.
    }
  }
}

function stored(): Kept {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Kept | null;
    if (found) return found;
  } catch {
    // Storage may be forbidden.
  }
  return { owner: '', texts: {} };
}
