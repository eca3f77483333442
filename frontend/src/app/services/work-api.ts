import { HttpErrorResponse } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import { beat, claim, end, release, tell } from '../models/functions';
import { Assignment, TextToTell, Told, WorkEnd } from '../models/models';
import { Tokens } from './tokens';

/** A run and the attempt that holds it. */
export type Held = Pick<Assignment, 'run_id' | 'attempt'>;

/** The part of the HTTP API for whoever works on questions. Rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class WorkApi {
  private readonly api = inject(Api);
  private readonly tokens = inject(Tokens);

  /** The next question; if there is none, the seconds after which to ask again. */
  async claim(wait: number): Promise<Assignment | number> {
    const answer = await this.api.invoke$Response(claim, { body: { wait } });
    return answer.status === 200 ? answer.body : Number(answer.headers.get('Retry-After') ?? 0);
  }

  /** Whether the run shall stop. */
  async beat({ run_id, attempt }: Held): Promise<boolean> {
    return (await this.api.invoke(beat, { run_id, body: { attempt } })).cancel_requested;
  }

  tell({ run_id, attempt }: Held, first: number, records: TextToTell[]): Promise<Told> {
    return this.api.invoke(tell, { run_id, body: { attempt, first, records } });
  }

  async end({ run_id, attempt }: Held, how: Omit<WorkEnd, 'attempt'>): Promise<void> {
    await this.api.invoke(end, { run_id, body: { attempt, ...how } });
  }

  async release({ run_id, attempt }: Held): Promise<void> {
    await this.api.invoke(release, { run_id, body: { attempt } });
  }

  /** The same for a page that is being closed: the request outlives it. */
  releaseFromClosingPage({ run_id, attempt }: Held): void {
    const path = release.PATH.replace('{run_id}', encodeURIComponent(run_id));
    void fetch(path, {
      method: 'POST',
      keepalive: true,
      headers: { 'Content-Type': 'application/json', 'X-CSRF-TOKEN': this.tokens.mark() },
      body: JSON.stringify({ attempt }),
    });
  }
}

/** Whether the run is this browser's no more: another one has it, or it has ended. */
export function isTakenOver(error: unknown): boolean {
  return error instanceof HttpErrorResponse && (error.status === 409 || error.status === 404);
}
