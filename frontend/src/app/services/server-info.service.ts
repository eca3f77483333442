import { Injectable, computed, inject, signal } from '@angular/core';

import { Info } from '../models/models';
import { Copies } from './copies.service';
import { RingsideApi } from './ringside-api';

const DEFAULT_HEARTBEAT_SECONDS = 30;

/** What the server is: who answers, which documents it reads. Asked once. */
@Injectable({ providedIn: 'root' })
export class ServerInfo {
  private readonly api = inject(RingsideApi);
  private readonly copies = inject(Copies);
  private readonly known = signal<Info | null>(null);
  private asked: Promise<void> | null = null;

  readonly info = this.known.asReadonly();
  readonly heartbeatSeconds = computed(() => this.known()?.heartbeat_seconds ?? DEFAULT_HEARTBEAT_SECONDS);
  readonly passkeys = computed(() => this.known()?.passkeys ?? false);
  /** Whether it sends mail. */
  readonly mail = computed(() => this.known()?.mail ?? false);
  /** 'gpt-5-mini', or what stands in for a model. */
  readonly mode = computed(() => {
    const info = this.known();
    if (!info) return '';
    return info.mode === 'model' ? (info.model ?? $localize`Model`) : $localize`Built-in, no key`;
  });

  /** Rejects when the server cannot be reached; asking again then asks the server again. */
  load(): Promise<void> {
    this.asked ??= this.copies
      .answer('info', () => this.api.info())
      .then(
        (info) => this.known.set(info),
        (error: unknown) => {
          this.asked = null;
          throw error;
        },
      );
    return this.asked;
  }
}
