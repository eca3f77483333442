import { Injectable, OnDestroy, inject, signal } from '@angular/core';
import { HttpErrorResponse } from '@angular/common/http';

import { EventStream, StreamHealth } from '../live/event-stream';
import { FlushScheduler } from '../live/flush-scheduler';
import { TabVisibility } from '../live/tab-visibility';
import { errorMessage } from '../live/api-error';
import { NowEvent, NowRow } from '../models/models';
import { NOTHING_KNOWN, NOW_EVENTS, NowRows, foldNow } from '../state/now-rows';
import { SeenRow, healthOf } from '../state/now-words';
import { Account } from './account.service';
import { BROWSER } from './browser';
import { Clock } from './clock.service';
import { RingsideApi } from './ringside-api';
import { ServerInfo } from './server-info.service';
import { ServerReach } from './server-reach.service';

/** What runs, waits and has just ended, live while a page of it is open and looked at. */
@Injectable()
export class Now implements OnDestroy {
  private readonly account = inject(Account);
  private readonly api = inject(RingsideApi);
  private readonly browser = inject(BROWSER);
  private readonly clock = inject(Clock);
  private readonly info = inject(ServerInfo);
  private readonly reach = inject(ServerReach);

  private readonly rows = signal<NowRows>(NOTHING_KNOWN);
  private readonly state = signal<StreamHealth>('connecting');
  private readonly refusal = signal('');
  private stream: EventStream<NowEvent> | null = null;
  private lastEventId = '';
  private came: NowEvent[] = [];
  private readonly flush = new FlushScheduler(() => this.take());
  private readonly visibility = new TabVisibility(this.browser, (seen) => (seen ? this.open() : this.close()));

  readonly known = this.rows.asReadonly();
  readonly health = this.state.asReadonly();
  /** Why there is no stream and will be none; '' while there may be. */
  readonly refused = this.refusal.asReadonly();

  constructor() {
    this.clock.run(true);
    if (this.visibility.isSeen()) this.open();
  }

  ngOnDestroy(): void {
    this.visibility.close();
    this.close();
    this.clock.run(false);
  }

  private open(): void {
    this.stream ??= new EventStream<NowEvent>({
      browser: this.browser,
      types: NOW_EVENTS,
      url: () => this.api.nowUrl(this.lastEventId),
      heartbeatSeconds: () => this.info.heartbeatSeconds(),
      received: (event, id) => this.receive(event, id),
      health: (health) => this.state.set(health),
      late: () => undefined,
      mayRetry: () => this.mayRetry(),
    });
  }

  /** Browsers allow six connections to a host: who is not looked at holds none, and goes on from where it was. */
  private close(): void {
    this.stream?.close();
    this.stream = null;
    this.flush.now();
    this.state.set('connecting');
  }

  private receive(event: NowEvent, id: string): void {
    this.lastEventId = id || this.lastEventId;
    if (event.type === 'heartbeat') {
      if (event.time) this.clock.sync(Date.parse(event.time));
      this.reach.heard();
      return;
    }
    const seen = event.type === 'nowRow' ? this.seen(event) : event;
    this.came.push(seen);
    if (this.isUrgent(seen)) this.flush.request();
    else this.flush.later();
  }

  /** Administrators may always decide. */
  private seen(row: NowRow): SeenRow {
    const mine = this.account.isAdministrator() || row.waits_for?.some(({ id }) => id === this.account.me()?.user.id);
    return mine ? row : { ...row, others: true };
  }

  /** Steps come and go; who needs attention is shown at once. */
  private isUrgent(event: NowEvent): boolean {
    if (event.type !== 'nowRow') return true;
    const before = this.rows().rows.get(event.row_id);
    return !before || healthOf(before) !== healthOf(event);
  }

  private take(): void {
    if (this.came.length === 0) return;
    const came = this.came;
    this.came = [];
    this.rows.update((before) => foldNow(before, came));
  }

  /** EventSource does not say why it was refused: ask the API. */
  private async mayRetry(): Promise<boolean> {
    try {
      await this.api.changes();
    } catch (error: unknown) {
      const final = error instanceof HttpErrorResponse && [401, 403].includes(error.status);
      if (final) this.refusal.set(errorMessage(error));
      return !final;
    }
    return true;
  }
}
