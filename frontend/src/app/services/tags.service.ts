import { Injectable, computed, inject, signal } from '@angular/core';

import { TagCount } from '../models/models';
import { errorMessage } from '../live/api-error';
import { RingsideApi } from './ringside-api';

/** The tags of the team's sessions: asked for when somebody is about to choose one. */
@Injectable({ providedIn: 'root' })
export class TagsService {
  private readonly api = inject(RingsideApi);
  private readonly counts = signal<readonly TagCount[]>([]);
  private readonly why = signal('');

  readonly known = this.counts.asReadonly();
  readonly names = computed(() => this.counts().map(({ tag }) => tag));
  /** Why they could not be had; '' when they could. */
  readonly error = this.why.asReadonly();

  async load(): Promise<void> {
    try {
      this.counts.set(await this.api.tags());
      this.why.set('');
    } catch (error: unknown) {
      this.why.set(errorMessage(error));
    }
  }
}
