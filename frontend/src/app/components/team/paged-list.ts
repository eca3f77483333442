import { signal } from '@angular/core';

import { Submission } from '../shared/submission';

export interface Paged<T> {
  readonly entries: readonly T[];
  readonly next_cursor: string | null;
}

/** A long list, newest first, that is loaded a page at a time. */
export class PagedList<T> {
  private readonly loaded = signal<readonly T[]>([]);
  private readonly unread = signal(true);
  private cursor: string | null = null;

  readonly submission = new Submission();
  readonly entries = this.loaded.asReadonly();
  /** Whether there are older ones. */
  readonly more = this.unread.asReadonly();

  constructor(private readonly page: (cursor: string | null) => Promise<Paged<T>>) {
    void this.load();
  }

  /** One that is there no longer. */
  remove(entry: T): void {
    this.loaded.update((entries) => entries.filter((one) => one !== entry));
  }

  /** From the first page on, for other entries are asked for now. Not while a page is on its way. */
  async restart(): Promise<void> {
    this.cursor = null;
    this.loaded.set([]);
    this.unread.set(true);
    await this.load();
  }

  async load(): Promise<void> {
    await this.submission.send(async () => {
      const page = await this.page(this.cursor);
      this.loaded.update((entries) => [...entries, ...page.entries]);
      this.cursor = page.next_cursor;
      this.unread.set(page.next_cursor !== null);
    });
  }
}
