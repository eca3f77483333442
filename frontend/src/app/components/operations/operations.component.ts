import { Component, DestroyRef, computed, effect, inject, signal } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { Polling } from '../../live/polling';
import { errorMessage } from '../../live/api-error';
import { OpenRun, Operations } from '../../models/models';
import { Account } from '../../services/account.service';
import { OperationsApi } from '../../services/operations-api';
import { ago, failureWords, heldBy, holder, retentionWords, runState } from '../../state/operations-words';
import { ConfirmComponent } from '../shared/confirm.component';
import { PageComponent } from '../shared/page.component';
import { Submission } from '../shared/submission';

interface Wish {
  readonly run: OpenRun;
  readonly heading: string;
  readonly text: string;
  readonly action: string;
  readonly act: () => Promise<void>;
}

/** For administrators: what waits for what, who works on what and since when, and a way to free a run. */
@Component({
  selector: 'app-operations',
  imports: [ConfirmComponent, PageComponent, RouterLink],
  templateUrl: './operations.component.html',
  styleUrl: './operations.component.css',
})
export class OperationsComponent {
  private readonly account = inject(Account);
  private readonly api = inject(OperationsApi);
  protected readonly submission = new Submission();
  protected readonly found = signal<Operations | null>(null);
  protected readonly away = signal('');
  protected readonly wish = signal<Wish | null>(null);
  protected readonly labels = {
    stop: ({ id }: OpenRun): string => $localize`Stop ${id}:title:`,
    end: ({ id }: OpenRun): string => $localize`End ${id}:id:`,
    release: ({ id }: OpenRun): string => $localize`Give back ${id}:id:`,
  };
  protected readonly words = { ago, failureWords, heldBy, holder, retentionWords, runState };
  protected readonly now = computed(() => Date.parse(this.found()?.now ?? ''));
  protected readonly queue = computed(() => this.found()?.runs.filter((run) => run.status !== 'running') ?? []);
  protected readonly atWork = computed(() => this.found()?.runs.filter((run) => run.status === 'running') ?? []);
  /** Of the oldest run that nobody has begun. */
  protected readonly oldest = computed(() => this.queue().find((run) => run.status === 'queued')?.created_at ?? null);

  constructor() {
    const router = inject(Router);
    const polling = new Polling(() => this.look());
    void this.look();
    polling.start();
    inject(DestroyRef).onDestroy(() => {
      polling.stop();
    });
    // Administrators can take the role from themselves.
    effect(() => {
      if (this.account.me() && !this.account.isAdministrator()) void router.navigateByUrl('/');
    });
  }

  protected askToRelease(run: OpenRun): void {
    this.wish.set({
      run,
      heading: $localize`Give this run back to the queue?`,
      text: $localize`Whoever holds it stops working on it. Another process goes on from the last checkpoint.`,
      action: $localize`Give back`,
      act: () => this.api.release(run.id),
    });
  }

  protected askToStop(run: OpenRun): void {
    this.wish.set({
      run,
      heading: run.stopping ? $localize`End this run now?` : $localize`Stop this run?`,
      text: run.stopping
        ? $localize`It was asked to stop and goes on. It ends at once; what it has started elsewhere may go on.`
        : $localize`Its answer will not come. The question can be asked again.`,
      action: run.stopping ? $localize`End now` : $localize`:one run|:Stop`,
      act: () => this.api.stop(run.id),
    });
  }

  protected async decided(wish: Wish, sure: boolean): Promise<void> {
    this.wish.set(null);
    if (!sure) return;
    await this.submission.send(wish.act);
    await this.look();
  }

  /** What is shown stays while the server is away. */
  private async look(): Promise<void> {
    try {
      this.found.set(await this.api.read());
      this.away.set('');
    } catch (error: unknown) {
      this.away.set(errorMessage(error));
    }
  }
}
