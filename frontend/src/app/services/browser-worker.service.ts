import { Injectable, OnDestroy, computed, inject, signal } from '@angular/core';

import { AnswerSource, SourceError, Turn } from '../live/answer-source';
import { errorMessage, isPassing } from '../live/api-error';
import { Assignment } from '../models/models';
import { Drafts } from './drafts.service';
import { Held, WorkApi, isTakenOver } from './work-api';

const WAIT_SECONDS = 20;
const TRY_AGAIN_MS = 3000;
const BEAT_MS = 3000;
const TELL_MS = 120;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

export type WorkerState = 'off' | 'connected' | 'working' | 'trouble';

/** A question that this browser has had. */
export interface Handled {
  readonly question: string;
  readonly outcome: string;
  readonly at: number;
}

/** Takes questions one after the other and answers them with a source; without one, the person answers. */
@Injectable()
export class BrowserWorker implements OnDestroy {
  private readonly api = inject(WorkApi);
  private readonly drafts = inject(Drafts);
  private readonly stateNow = signal<WorkerState>('off');
  private readonly words = signal('');
  private readonly job = signal<Assignment | null>(null);
  private readonly text = signal('');
  private readonly past = signal<readonly Handled[]>([]);
  private source: AnswerSource | null = null;
  /** Another one with every start: what began before it has nothing to say any more. */
  private shift = 0;
  private stopping: AbortController | null = null;
  private typed: ((answer: string) => void) | null = null;

  readonly state = this.stateNow.asReadonly();
  /** What is wrong, in words; '' for nothing. */
  readonly trouble = this.words.asReadonly();
  readonly question = this.job.asReadonly();
  readonly written = this.text.asReadonly();
  readonly handled = this.past.asReadonly();
  readonly isOn = computed(() => this.stateNow() !== 'off');
  readonly byHand = signal(false);
  /** Whether the person's answer is on its way. */
  readonly sending = signal(false);

  constructor() {
    addEventListener('pagehide', this.leave);
  }

  ngOnDestroy(): void {
    removeEventListener('pagehide', this.leave);
    this.leave();
  }

  /** From now on; null: the person answers. */
  start(source: AnswerSource | null): void {
    this.source = source;
    this.byHand.set(source === null);
    this.shift++;
    void this.take(this.shift);
  }

  /** A question that is at work goes to somebody else. */
  async stop(): Promise<void> {
    const held = this.job();
    this.shift++;
    this.stopping?.abort();
    this.show('off');
    if (held) await this.giveBack(held, $localize`:a question|:given back`);
  }

  /** The person's answer to the question that is shown. */
  send(answer: string): void {
    this.typed?.(answer);
  }

  private readonly leave = (): void => {
    const held = this.job();
    this.shift++;
    this.stopping?.abort();
    this.job.set(null);
    this.stateNow.set('off');
    if (held) this.api.releaseFromClosingPage(held);
  };

  private async take(shift: number): Promise<void> {
    this.show('connected');
    while (shift === this.shift) {
      try {
        const next = await this.api.claim(WAIT_SECONDS);
        if (shift !== this.shift) {
          if (typeof next !== 'number') await this.api.release(next);
          return;
        }
        this.show('connected');
        if (typeof next !== 'number') await this.work(next, shift);
        else if (next > 0) await pause(next * 1000);
      } catch (error: unknown) {
        if (shift !== this.shift) return;
        this.show('trouble', errorMessage(error));
        await pause(TRY_AGAIN_MS);
      }
    }
  }

  private async work(job: Assignment, shift: number): Promise<void> {
    const stopping = (this.stopping = new AbortController());
    this.job.set(job);
    this.text.set('');
    this.show('working');
    const beats = setInterval(() => void this.beat(job, stopping), BEAT_MS);
    try {
      await (this.source ? this.answered(job, this.source, stopping) : this.typedIn(job, stopping.signal));
      this.note(job, $localize`:a question|:answered`);
    } catch (error: unknown) {
      if (shift === this.shift) await this.failed(job, error, stopping.signal);
    } finally {
      clearInterval(beats);
      if (shift === this.shift) {
        this.job.set(null);
        if (this.stateNow() === 'working') this.show('connected');
      }
    }
  }

  private async answered(job: Assignment, source: AnswerSource, stopping: AbortController): Promise<void> {
    let [told, waiting] = [0, ''];
    let telling: Promise<void> = Promise.resolve();
    let due = 0;
    const tell = async (): Promise<void> => {
      if (waiting === '') return;
      const delta = waiting;
      waiting = '';
      const answer = await this.surely(() => this.api.tell(job, told, [{ type: 'text', delta }]), stopping.signal);
      told = answer.told;
      if (answer.cancel_requested) stopping.abort('cancelled');
    };
    await source.answer(
      turnsOf(job),
      (delta) => {
        waiting += delta;
        this.text.update((text) => text + delta);
        if (performance.now() < due) return;
        due = performance.now() + TELL_MS;
        telling = telling.then(tell);
        telling.catch((error: unknown) => stopping.abort(error));
      },
      stopping.signal,
      modelOf(job),
    );
    await telling;
    stopping.signal.throwIfAborted();
    await tell();
    if (this.text().trim() === '') throw new SourceError($localize`The model gave no answer.`);
    await this.surely(() => this.api.end(job, { status: 'completed' }), stopping.signal);
  }

  private async typedIn(job: Assignment, stopped: AbortSignal): Promise<void> {
    const answer = await new Promise<string>((resolve, reject) => {
      this.typed = resolve;
      stopped.addEventListener('abort', () => reject(stopped.reason as Error));
    });
    this.sending.set(true);
    try {
      await this.surely(() => this.api.end(job, { status: 'completed', answer }), stopped);
      this.drafts.keep(job.run_id, '');
    } finally {
      this.sending.set(false);
    }
  }

  /** Sends again while the server is away, until it answers or the run is stopped: what it gets twice counts once. */
  private async surely<T>(send: () => Promise<T>, stopped: AbortSignal): Promise<T> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        const answer = await send();
        if (!stopped.aborted) this.words.set('');
        return answer;
      } catch (error: unknown) {
        stopped.throwIfAborted();
        if (!isPassing(error)) throw error;
        this.words.set(errorMessage(error));
        await pause(wait, stopped);
        stopped.throwIfAborted();
      }
    }
  }

  private async failed(job: Assignment, error: unknown, stopped: AbortSignal): Promise<void> {
    if (stopped.aborted && stopped.reason === 'cancelled') {
      this.drafts.keep(job.run_id, '');
      await this.api.end(job, { status: 'cancelled' });
      this.note(job, $localize`:a question|:stopped by who asked`);
      return;
    }
    const cause: unknown = stopped.aborted ? stopped.reason : error;
    if (isTakenOver(cause)) {
      this.note(job, $localize`:a question|:taken over by another one`);
      return;
    }
    // Somebody else may be able to answer; this browser asks no further until its person has mended it.
    this.shift++;
    this.show('trouble', cause instanceof SourceError ? cause.message : errorMessage(cause));
    await this.giveBack(job, $localize`:a question|:given back`);
  }

  private async beat(held: Held, stopping: AbortController): Promise<void> {
    try {
      if (await this.api.beat(held)) stopping.abort('cancelled');
    } catch (error: unknown) {
      if (isTakenOver(error)) stopping.abort(error);
      // Anything else passes, or the lease does.
    }
  }

  private async giveBack(job: Assignment, outcome: string): Promise<void> {
    this.job.set(null);
    this.note(job, outcome);
    try {
      await this.api.release(job);
    } catch (error: unknown) {
      if (!isTakenOver(error)) this.show('trouble', errorMessage(error));
    }
  }

  private note({ question }: Assignment, outcome: string): void {
    this.past.update((past) => [{ question, outcome, at: Date.now() }, ...past].slice(0, 20));
  }

  private show(state: WorkerState, words = ''): void {
    this.stateNow.set(state);
    this.words.set(words);
  }
}

function turnsOf({ instructions, history, question }: Assignment): Turn[] {
  const system: Turn[] = instructions ? [{ role: 'system', content: instructions }] : [];
  return [...system, ...history, { role: 'user', content: question }];
}

function modelOf({ metadata }: Assignment): string | undefined {
  const model: unknown = metadata['model'];
  return typeof model === 'string' && model !== '' ? model : undefined;
}

function pause(milliseconds: number, stopped?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    stopped?.addEventListener('abort', () => resolve());
  });
}
