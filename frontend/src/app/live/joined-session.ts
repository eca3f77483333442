import { HttpErrorResponse } from '@angular/common/http';

import { ActivityPage } from '../models/models';
import { EVENT_TYPES, LoggedEvent, WireEvent, isLogged } from '../state/events';
import { errorMessage } from './api-error';
import { TabVisibility } from './tab-visibility';
import { DELETED, Connection, retryDelay } from './connection';
import { EventStream, StreamHealth } from './event-stream';
import { JoinOptions } from './join-options';
import { Polling } from './polling';
import { Relay } from './relay';
import { TabChannel } from './tab-channel';
import { Health, TabMessage } from './tab-message';

const TABS = 'ringside:2'; // another number where TabMessage changes: older tabs do not understand it

const PAGE = 5000;

/**
 * One session's log as this tab follows it: all of it, from its newest runs on, or behind what is known. The past comes in
 * pages from the API, the present from one EventSource that all tabs of this browser share. The cursor decides what is new
 * and what is missing; whatever is missing is fetched. Where a network lets no stream through, or holds back what it
 * carries, the leading tab asks for pages all the time, and for the stream now and then.
 *
 * Browsers allow six HTTP/1.1 connections to a host, whatever the number of tabs. So a tab that nobody looks at holds none:
 * it listens to the leading tab while there is one, and catches up when it is seen again.
 */
export class JoinedSession {
  private cursor: number;
  private head = 0;
  private begun: boolean; // there is a past to go on from
  private health: Health = 'connecting';
  /** Milliseconds by which the server's clock is ahead of this machine's, once a heartbeat has told. */
  private serverAhead: number | null = null;
  private left = false;
  private catchingUp: Promise<void> | null = null;
  private tabs: TabChannel<TabMessage> | null = null;
  private stream: EventStream<WireEvent> | null = null;
  private visibility: TabVisibility | null = null;
  /** Whether it is being found out why the stream brings nothing. */
  private finding = false;
  /** Whether a stream that was lost has been asked for once more since. */
  private retried = false;
  private readonly polling = new Polling(() => this.poll());
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly relay = new Relay((events) => this.tabs?.tell({ kind: 'events', events }));

  constructor(
    private readonly sessionId: string,
    private readonly options: JoinOptions,
  ) {
    this.cursor = options.after ?? 0;
    this.begun = this.cursor > 0;
  }

  async start(): Promise<void> {
    await this.catchUp();
    if (this.left) return;
    this.tabs = new TabChannel<TabMessage>(`${TABS}:${this.sessionId}`, this.options.browser, {
      lead: () => this.lead(),
      follow: () => this.follow(),
      heard: (message) => this.hear(message),
    });
    this.visibility = new TabVisibility(this.options.browser, (seen) => {
      if (seen) void this.wake();
      else this.rest();
    });
    if (this.visibility.isSeen()) this.tabs.requestLead();
    if (!this.stream) this.follow();
  }

  leave(): void {
    this.left = true;
    this.relay.close();
    clearTimeout(this.silenceTimer);
    this.visibility?.close();
    this.polling.stop();
    this.stream?.close();
    this.tabs?.leave();
  }

  private rest(): void {
    this.tabs?.giveUpLead();
    // Whoever follows is not live until another one leads.
    if (this.stream) this.becomeHealth('connecting');
    this.follow();
  }

  /** What the badge said while nobody looked may be long past. */
  private async wake(): Promise<void> {
    this.setHealth('connecting');
    this.tabs?.tell({ kind: 'hello' });
    await this.catchUp();
    if (this.left || !this.visibility?.isSeen()) return;
    this.tabs?.requestLead();
    if (!this.stream) this.follow();
  }

  private lead(): void {
    clearTimeout(this.silenceTimer);
    this.stream = new EventStream<WireEvent>({
      browser: this.options.browser,
      types: EVENT_TYPES,
      url: () => this.options.streamUrl(this.cursor),
      heartbeatSeconds: () => this.options.heartbeatSeconds(),
      received: (event) => {
        this.relay.take(event);
        this.receive(event);
      },
      health: (health) => this.streamHealth(health),
      late: () => void this.doWithout(),
      mayRetry: () => this.stillThere(),
    });
  }

  private streamHealth(health: StreamHealth): void {
    if (health === 'live') {
      this.polling.stop();
      this.retried = false;
    } else if (this.polling.isRunning) {
      return; // Another attempt, while pages do instead.
    }
    this.becomeHealth(health);
  }

  /** The stream brings nothing. Where pages come all the same, it is the network that holds it back. */
  private async doWithout(): Promise<void> {
    if (this.polling.isRunning || this.finding) return;
    this.finding = true;
    await this.catchUp();
    this.finding = false;
    if (!this.stream || this.stopped() || this.health === 'live') return;
    if (this.health !== 'connecting' && !this.retried) {
      // The server may just have come back, and the stream be about to.
      this.retried = true;
      this.stream.reopen();
      return;
    }
    this.polling.start();
    this.becomeHealth('polling');
  }

  private async poll(): Promise<void> {
    await this.catchUp();
    if (!this.polling.isRunning) return;
    if (this.health === 'polling') {
      this.relay.take({ type: 'heartbeat', session_id: this.sessionId, head: this.head });
      return;
    }
    // The server was away.
    this.polling.stop();
    this.stream?.reopen();
  }

  private follow(): void {
    this.polling.stop();
    this.stream?.close();
    this.stream = null;
    this.tabs?.tell({ kind: 'hello' });
    this.expectLeader();
  }

  private hear(message: TabMessage): void {
    if (message.kind === 'hello' && this.stream) this.tellHealth();
    if (message.kind === 'hello' || this.stream) return;
    this.expectLeader();
    if (message.kind === 'events') for (const event of message.events) this.receive(event);
    else if (message.kind === 'health') this.hearHealth(message.health, message.serverAhead);
    else this.over(message.connection);
  }

  private becomeHealth(health: Health): void {
    this.setHealth(health);
    this.tellHealth();
  }

  private tellHealth(): void {
    this.relay.flush();
    this.tabs?.tell({ kind: 'health', health: this.health, serverAhead: this.serverAhead });
  }

  private hearHealth(health: Health, serverAhead: number | null): void {
    if (serverAhead !== null) this.setServerTime(serverAhead);
    this.setHealth(health);
  }

  private setServerTime(ahead: number): void {
    this.serverAhead = ahead;
    this.options.sink.serverTime(Date.now() + ahead);
  }

  /** The leader hands every heartbeat on; one that is silent for longer is frozen, and loses the lead. */
  private expectLeader(): void {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => this.tabs?.takeOver(), this.options.heartbeatSeconds() * 3000);
  }

  private receive(event: WireEvent): void {
    if (isLogged(event)) {
      this.head = Math.max(this.head, event.seq);
      this.take(event);
    } else if (event.type === 'heartbeat') {
      if (event.time) this.setServerTime(Date.parse(event.time) - Date.now());
      this.head = Math.max(this.head, event.head);
      if (this.head > this.cursor) void this.catchUp();
    } else {
      this.reset(event.first, event.head);
    }
    this.reportHealth();
  }

  private take(event: LoggedEvent): void {
    if (event.seq <= this.cursor) return;
    if (event.seq > this.cursor + 1) {
      void this.catchUp();
      return;
    }
    this.cursor = event.seq;
    this.options.sink.events([event]);
  }

  private reset(first: number, head: number): void {
    this.cursor = first - 1;
    this.head = head;
    this.options.sink.reset({ first, kept: first, runsBefore: 0 }, head);
  }

  /** Fetches from the cursor to the head. Only one fetch runs at a time; it sees whatever comes meanwhile. */
  private catchUp(): Promise<void> {
    this.catchingUp ??= this.fetchToHead().finally(() => {
      this.catchingUp = null;
      this.reportHealth();
    });
    return this.catchingUp;
  }

  private async fetchToHead(): Promise<void> {
    let attempt = 0;
    while (!this.left) {
      try {
        if (await this.fetchPage()) return;
        attempt = 0;
      } catch (error: unknown) {
        if (this.stopped() || this.refused(error)) return;
        attempt++;
        this.setHealth(this.options.browser.isOnline() ? 'reconnecting' : 'offline');
        await new Promise((resolve) => setTimeout(resolve, retryDelay(attempt, this.options.browser.random())));
      }
    }
  }

  /** Hands one page on; true when that reached the head. */
  private async fetchPage(): Promise<boolean> {
    if (!this.begun && this.options.newest) return this.begin(await this.options.newest());
    const after = this.cursor;
    const page = await this.options.page(after, PAGE);
    if (this.left) return true;
    if (page.first > after + 1 || page.head < after) {
      // The page is of the log as it was when asked for; the stream may have moved the cursor since.
      if (this.cursor === after) this.reset(page.first, page.head);
      return false;
    }
    return this.takePage(page);
  }

  private begin(page: ActivityPage): boolean {
    if (this.left) return true;
    const first = page.start ?? page.first;
    this.begun = true;
    this.cursor = first - 1;
    this.options.sink.reset({ first, kept: page.first, runsBefore: page.runs_before ?? 0 }, page.head);
    return this.takePage(page);
  }

  private takePage(page: ActivityPage): boolean {
    this.head = Math.max(this.head, page.head);
    const news = (page.events as LoggedEvent[]).filter((event) => event.seq > this.cursor);
    const last = news.at(-1);
    if (last) {
      this.cursor = last.seq;
      this.options.sink.events(news);
      this.reportHealth();
    } else if (page.head > this.cursor) {
      throw new Error(
        $localize`The log has events up to ${page.head}:head:, but sent none after ${this.cursor}:cursor:.`,
      );
    }
    return this.cursor >= this.head;
  }

  /** Whether it was left meanwhile; a call, because an await lies between. */
  private stopped(): boolean {
    return this.left;
  }

  /** EventSource does not say why it was refused: ask the API. */
  private async stillThere(): Promise<boolean> {
    try {
      await this.options.page(this.cursor, 1);
      return true;
    } catch (error: unknown) {
      return !this.refused(error);
    }
  }

  /** An answer that trying again will not change ends this tab's watch, and every other tab's. */
  private refused(error: unknown): boolean {
    if (!(error instanceof HttpErrorResponse) || error.status < 400 || error.status >= 500) return false;
    if (error.status === 408 || error.status === 429) return false;
    const connection: Connection =
      error.status === 404 || error.status === 410 ? DELETED : { state: 'failed', reason: errorMessage(error) };
    this.relay.flush();
    this.tabs?.tell({ kind: 'over', connection });
    this.over(connection);
    return true;
  }

  private over(connection: Connection): void {
    this.leave();
    this.options.report(connection);
  }

  private setHealth(health: Health): void {
    this.health = health;
    this.reportHealth();
  }

  private reportHealth(): void {
    if (this.left) return;
    const missing = this.head - this.cursor;
    if (this.health === 'live' && missing > 0) this.options.report({ state: 'behind', missing });
    else this.options.report({ state: this.health });
  }
}
