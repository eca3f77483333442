import { Injectable, signal } from '@angular/core';

import type * as Markdown from '../live/markdown';

/**
 * What draws answers, once it is loaded. It is kept, because the browser takes a task of its own to give even a module
 * that is there: each text would be shown a frame late, and what is below it would be moved.
 */
@Injectable({ providedIn: 'root' })
export class MarkdownLibrary {
  private readonly module = signal<typeof Markdown | null>(null);
  readonly loaded = this.module.asReadonly();

  private loading: Promise<void> | null = null;

  /** Rejects when it does not come; the next call asks for it again. */
  load(): Promise<void> {
    this.loading ??= import('../live/markdown').then(
      (module) => this.module.set(module),
      (error: unknown) => {
        this.loading = null;
        throw error;
      },
    );
    return this.loading;
  }
}
