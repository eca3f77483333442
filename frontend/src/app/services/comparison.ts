import { DestroyRef, Injectable, Signal, computed, inject, signal } from '@angular/core';

import { errorMessage } from '../live/api-error';
import { FollowedLog } from './followed-log';
import { Money, Run as RunRecord } from '../models/models';
import { Api } from '../models/api';
import { readRun } from '../models/functions';
import { align, forest } from '../state/alignment';
import { plainText } from '../state/plain-text';
import { sameItems } from '../state/same-items';
import { Answer, Run, SessionState } from '../state/session-state';
import { BROWSER } from './browser';
import { Clock } from './clock.service';
import { RingsideApi } from './ringside-api';
import { ServerInfo } from './server-info.service';
import { UsageApi } from './usage-api';

/** Which run; programs may give runs of several sessions the same id, and then the session says which. */
export interface RunPlace {
  readonly runId: string;
  readonly sessionId: string | null;
}

/** One of the two runs. */
export class Side {
  private readonly record = signal<RunRecord | null>(null);
  private readonly log = signal<FollowedLog | null>(null);
  private readonly words = signal('');
  private readonly name = signal('');
  private readonly spent = signal<readonly Money[]>([]);

  readonly sessionId = computed(() => this.record()?.session_id ?? '');
  readonly runId = computed(() => this.record()?.id ?? '');
  readonly title = this.name.asReadonly();
  readonly costs = this.spent.asReadonly();
  /** Why it is not there; '' while it is, or is on its way. */
  readonly error = this.words.asReadonly();
  readonly ready = computed(() => this.log() !== null);
  readonly state = computed<SessionState | null>(() => this.log()?.state() ?? null);
  readonly run = computed<Run | null>(() => this.state()?.runs.get(this.runId()) ?? null);
  /** The same list while none of them has changed: to align them takes long. */
  readonly steps = computed(
    () => {
      const runId = this.runId();
      return (this.state()?.activities.toArray() ?? []).filter((step) => step.runId === runId);
    },
    { equal: sameItems },
  );
  readonly tree = computed(() => forest(this.steps()));
  /** Oldest first, without those that another took the place of, and as they are read: words are compared, not signs. */
  readonly answer = computed(() => {
    const state = this.state();
    if (!state) return '';
    const stands = ({ id, runId }: Answer): boolean => runId === this.runId() && !state.replaced.has(id);
    return [...state.answers.values()]
      .filter(stands)
      .map(({ text }) => plainText(text))
      .join('\n\n');
  });

  take(record: RunRecord, title: string, log: FollowedLog, costs: readonly Money[]): void {
    this.record.set(record);
    this.name.set(title);
    this.log.set(log);
    this.spent.set(costs);
  }

  fail(words: string): void {
    this.words.set(words);
  }
}

/** Two runs side by side, as they are now. Provided by the page, and gone with it. */
@Injectable()
export class Comparison {
  private readonly api = inject(Api);
  private readonly ringside = inject(RingsideApi);
  private readonly usage = inject(UsageApi);
  private readonly browser = inject(BROWSER);
  private readonly clock = inject(Clock);
  private readonly info = inject(ServerInfo);
  /** A session that both are of is followed once. */
  private readonly logs = new Map<string, { readonly log: FollowedLog; readonly opened: Promise<void> }>();
  private readonly two = signal<readonly [Side, Side] | null>(null);
  /** Grows when other runs are asked for, or none any more: what was on its way until then is not taken. */
  private generation = 0;

  readonly sides: Signal<readonly [Side, Side] | null> = this.two.asReadonly();
  readonly rows = computed(() => {
    const sides = this.two();
    return sides?.every((side) => side.ready()) ? align(sides[0].tree(), sides[1].tree()) : [];
  });

  constructor() {
    inject(DestroyRef).onDestroy(() => this.close());
  }

  async open(left: RunPlace, right: RunPlace): Promise<void> {
    this.close();
    const sides: readonly [Side, Side] = [new Side(), new Side()];
    this.two.set(sides);
    const { generation } = this;
    await Promise.all([this.load(sides[0], left, generation), this.load(sides[1], right, generation)]);
  }

  private async load(side: Side, { runId, sessionId }: RunPlace, generation: number): Promise<void> {
    try {
      const record = await this.api.invoke(readRun, {
        run_id: runId,
        ...(sessionId !== null && { session_id: sessionId }),
      });
      if (generation !== this.generation) return;
      const [session, spending, log] = await Promise.all([
        this.ringside.session(record.session_id),
        this.usage.spending(record.session_id),
        this.followed(record.session_id),
      ]);
      if (generation !== this.generation) return;
      side.take(record, session.title, log, spending.runs.find((run) => run.run_id === record.id)?.costs ?? []);
    } catch (error: unknown) {
      side.fail(errorMessage(error));
    }
  }

  private async followed(sessionId: string): Promise<FollowedLog> {
    let known = this.logs.get(sessionId);
    if (!known) {
      const log = new FollowedLog(sessionId, (at) => this.clock.sync(at), {
        browser: this.browser,
        heartbeatSeconds: () => this.info.heartbeatSeconds(),
        page: (after, limit) => this.ringside.activity(sessionId, after, limit),
        streamUrl: (cursor) => this.ringside.streamUrl(sessionId, cursor),
      });
      known = { log, opened: log.open() };
      this.logs.set(sessionId, known);
    }
    await known.opened;
    return known.log;
  }

  private close(): void {
    this.generation++;
    for (const { log } of this.logs.values()) log.close();
    this.logs.clear();
  }
}
