import { ApplicationRef, Injectable, computed, effect, inject, linkedSignal, signal, untracked } from '@angular/core';
import { Observable, Subject, defer, distinctUntilChanged, map, startWith } from 'rxjs';

import { Session, SessionChange } from '../models/models';
import { approvalIds } from '../state/approval-words';
import { closed } from '../state/closed';
import { activeRun, conversation, queueOf } from '../state/conversation';
import { LoggedEvent, hasEnded } from '../state/events';
import { Opening } from '../state/opening';
import { sameItems } from '../state/same-items';
import { Activity, Beginning, Run, SessionState, emptyState } from '../state/session-state';
import { AgentColours } from './agent-colours.service';
import { AgentActivitySseService } from './agent-activity-sse.service';
import { errorCode } from '../live/api-error';
import { BROWSER } from './browser';
import { Clock } from './clock.service';
import { hasNoMore } from '../live/connection';
import { DocumentsService } from './documents.service';
import { FlushScheduler } from '../live/flush-scheduler';
import { ActivitySink } from '../live/join-options';
import { KeptLog } from '../live/log-keeper';
import { MarkdownLibrary } from './markdown-library.service';
import { Notices } from './notices.service';
import { Past } from './past';
import { Replay } from './replay';
import { RingsideApi } from './ringside-api';
import { Sending } from './sending';
import { SessionOpening } from './session-opening';
import { SessionsService } from './sessions.service';

/** The store of the open session. Events are gathered and folded in once per animation frame. */
@Injectable({ providedIn: 'root' })
export class AgentActivityService {
  private readonly api = inject(RingsideApi);
  private readonly application = inject(ApplicationRef);
  private readonly browser = inject(BROWSER);
  private readonly sse = inject(AgentActivitySseService);
  private readonly clock = inject(Clock);
  private readonly finding = inject(SessionOpening);
  private readonly colours = inject(AgentColours);
  private readonly documents = inject(DocumentsService);
  private readonly sessions = inject(SessionsService);
  private readonly library = inject(MarkdownLibrary);
  private readonly notices = inject(Notices);
  private readonly sending = new Sending(this.api, this.browser);

  private readonly folded = signal<SessionState>(emptyState());
  private readonly openId = signal('');
  /** As the list knows it when it does: there it may have got another name, from here or from elsewhere. */
  private readonly record = linkedSignal<Session | undefined, Session | null>({
    source: () => this.sessions.sessions().find(({ id }) => id === this.openId()),
    computation: (listed, previous) => listed ?? previous?.value ?? null,
  });
  private readonly progress = signal<Opening>({ state: 'loading' });
  private readonly asked = signal<ReadonlySet<string>>(new Set());
  private queue: LoggedEvent[] = [];
  private readonly scheduler = new FlushScheduler(() => {
    this.flush();
    // In the same frame: Angular by itself would render after it, for the next one.
    this.application.tick();
  });

  readonly connection = this.sse.connection;
  /** The session was deleted: nothing of it moves any more. */
  readonly gone = computed(() => this.connection().state === 'ended');
  /** What is known now. */
  readonly present = computed(() => (this.gone() ? closed(this.folded(), untracked(this.clock.now)) : this.folded()));
  /** Which moment is looked at. */
  readonly replay = new Replay(this.present, this.clock.now, (seq) => this.past.reachEvent(seq));
  /** What of the session is not loaded. */
  readonly past = new Past(
    this.folded,
    {
      newest: (...which) => this.api.newestActivity(this.openId(), ...which),
      page: (...which) => this.api.activity(this.openId(), ...which),
      failed: (error) => this.notices.add(error),
    },
    (next, states) => this.grow(next, states),
  );
  /** What was known at the moment that is looked at. */
  readonly state = computed(() => this.replay.state() ?? this.present());
  /** That moment. */
  readonly now = computed(() => this.replay.moment() ?? this.clock.now());
  readonly session = this.record.asReadonly();
  readonly opening = this.progress.asReadonly();
  readonly asOf = this.finding.asOf;
  /** Whether the past that is still on its way will show a run, as far as that is known. */
  readonly awaitsRun = computed(() => this.progress().state === 'loading' && this.record()?.head !== 0);

  private readonly runMap = computed(() => this.state().runs);
  readonly runs = computed(() => [...this.runMap().values()]);
  readonly conversation = computed(() => {
    const { runs, answers, reasoning, replaced } = this.state();
    return conversation({ runs, answers, reasoning, replaced });
  });
  private readonly presentMap = computed(() => this.present().runs);
  /** As they are now, whatever moment is looked at: what can be done, can be done now. */
  readonly presentRuns = computed(() => [...this.presentMap().values()]);
  /** Whether nothing goes on. */
  readonly resting = computed(() => this.presentRuns().every((run) => run.endedAt !== null));
  /** The run that is answered now. */
  readonly activeRun = computed(() => activeRun(this.presentRuns()));
  /** The questions behind it. */
  readonly queued = computed(() => queueOf(this.presentRuns()), { equal: sameItems });
  /** The ids of the approvals that wait for a person. */
  readonly undecided = computed(() => approvalIds(this.present().undecided), { equal: sameItems });
  /** Why a question that was asked has not reached the server yet; '' when there is none. */
  readonly unsent = this.sending.unsent;
  /** The ids of the runs that were asked to stop. */
  readonly cancelling = this.asked.asReadonly();
  readonly stopping = computed(() => {
    const run = this.activeRun();
    return run !== null && this.cancelling().has(run.id);
  });

  private readonly moved = new Subject<void>();
  /** The number of the newest join or leave: what an earlier one waited for comes too late. */
  private joins = 0;

  constructor() {
    effect(() => this.clock.run(!this.gone() && !this.resting()));
  }

  /**
   * Opens a session; resolves when its newest runs are there. A session that does not exist ends in `opening`; where the
   * server or its database is away, it is asked for again until it comes. `guest`: it is watched by a spectator link, and
   * nothing is kept of it on this device.
   */
  async joinSession(sessionId: string, guest = false): Promise<void> {
    this.leaveSession();
    this.openId.set(sessionId);
    const joined = this.joins;
    const wanted = (): boolean => joined === this.joins;
    const ahead = this.sse.ahead(sessionId);
    const found = await this.finding.find(sessionId, guest, wanted, (opening) => this.progress.set(opening));
    if (found === null) return;
    this.record.set(found.record);
    this.progress.set({ state: 'loading' });
    if (found.log) this.showKept(found.log);
    void this.documents.open(sessionId);
    const answers = this.record()?.head ? this.drawsAnswers() : null;
    const sink: ActivitySink = {
      events: (events) => this.take(events),
      reset: (beginning, head) => this.reset(beginning, head),
      serverTime: (at) => this.clock.sync(at),
    };
    await this.sse.open(sessionId, ahead, sink, found.log);
    await answers;
    if (!wanted()) return;
    this.scheduler.now();
    this.progress.set({ state: 'ready' });
    if (found.log) await this.leaveKept();
  }

  /** Shows a session that is yet to be made: there is nothing to wait for. */
  beginNew(): void {
    this.leaveSession();
    this.progress.set({ state: 'ready' });
  }

  leaveSession(): void {
    this.joins++;
    this.finding.forget();
    this.sse.close();
    this.documents.close();
    this.openId.set('');
    this.record.set(null);
    this.progress.set({ state: 'loading' }); // an address is looked for when what comes next is ready
    this.reset({ first: 1, kept: 1, runsBefore: 0 }, 0);
  }

  /** The session's steps, as far as it is loaded and each as far as it is known, whenever one of them moves. */
  getActivities(): Observable<readonly Activity[]> {
    return defer(() =>
      this.moved.pipe(
        startWith(undefined),
        map(() => this.folded().activities),
        distinctUntilChanged(),
        map((activities) => activities.toArray()),
      ),
    );
  }

  run(id: string | null): Run | null {
    return id === null ? null : (this.runMap().get(id) ?? null);
  }

  /**
   * Asks the agents, in the session that is open unless another is named; with `retryOf` instead of what was asked in
   * that run. While the server is away it is sent again, and counts once, however often it arrives. Rejects with the
   * API's refusal.
   */
  async send(question: string, sessionId = this.openId(), retryOf: string | null = null): Promise<void> {
    this.replay.toNow(); // whoever asks waits for what comes
    try {
      const joined = this.joins;
      await this.sending.send(question, sessionId, retryOf, () => joined === this.joins);
    } catch (error: unknown) {
      // Where nobody answers any more, the page says so; the refusal itself is what is told of first.
      if (errorCode(error).startsWith('agent_')) await Promise.allSettled([this.refreshSession()]);
      throw error;
    }
    // It has got its title from the question, but whether that can be read says nothing about the question.
    await Promise.allSettled([this.refreshSession()]);
  }

  /** Stops a run, or withdraws its question. Rejects with the API's error. */
  async cancel(runId: string): Promise<void> {
    this.asked.update((ids) => new Set(ids).add(runId));
    try {
      await this.api.cancel(this.openId(), runId);
    } catch (error: unknown) {
      this.asked.update((ids) => new Set([...ids].filter((id) => id !== runId)));
      throw error;
    }
  }

  /** Rejects with the API's error. */
  async pause(runId: string): Promise<void> {
    await this.api.pause(this.openId(), runId);
  }

  async resume(runId: string): Promise<void> {
    await this.api.resume(this.openId(), runId);
  }

  /** Puts the questions that wait in this order. Rejects with the API's error. */
  async reorder(runIds: readonly string[]): Promise<void> {
    await this.api.reorder(this.openId(), [...runIds]);
  }

  async rename(title: string): Promise<void> {
    this.record.set(await this.sessions.rename(this.openId(), title));
  }

  /** Another agent answers from the next question on. */
  async choose(agentId: string): Promise<void> {
    this.record.set(await this.sessions.choose(this.openId(), agentId));
  }

  async archive(archived: boolean): Promise<void> {
    await this.sessions.archive(this.openId(), archived);
    this.record.update((session) => session && { ...session, archived });
  }

  /** Gives it other tags, or another priority. */
  async describe(change: Pick<SessionChange, 'tags' | 'priority' | 'kept'>): Promise<void> {
    this.record.set(await this.sessions.describe(this.openId(), change));
  }

  async share(shared: boolean): Promise<void> {
    this.record.set(await this.sessions.share(this.openId(), shared));
  }

  /** What this device has of it is shown at once; what has come since follows when the server is back. */
  private showKept({ beginning, events }: KeptLog): void {
    this.reset(beginning, events.at(-1)?.seq ?? 0);
    this.take(events);
    this.scheduler.now();
    this.progress.set({ state: 'ready' });
  }

  /** The server has told what has come since, or that nothing of it is to be seen any more. */
  private async leaveKept(): Promise<void> {
    this.finding.forget();
    if (hasNoMore(this.connection())) {
      this.reset(emptyState(), 0);
      this.progress.set({ state: 'missing' });
    } else await Promise.allSettled([this.past.complete(), this.refreshSession()]);
  }

  /** What draws answers is there before them: they take their room at once, and nothing moves once it is shown. */
  private async drawsAnswers(): Promise<void> {
    try {
      await this.library.load();
    } catch {
      return; // The first answer asks for it again, and tells if it does not come.
    }
  }

  private async refreshSession(): Promise<void> {
    const sessionId = this.openId();
    if (!sessionId) return;
    const session = await this.api.session(sessionId);
    if (this.openId() === sessionId) this.record.set(session);
  }

  private take(events: readonly LoggedEvent[]): void {
    for (const event of events) this.queue.push(event);
    // The past comes in pages; what is at the end of one of them is not what the session is at now.
    if (this.progress().state === 'loading') this.scheduler.later();
    else this.scheduler.request();
  }

  private reset({ first, kept, runsBefore }: Beginning, head: number): void {
    this.queue = [];
    this.scheduler.cancel();
    this.folded.set(emptyState(first, kept, runsBefore));
    this.past.reset(head);
    this.replay.reset();
    this.colours.use(this.folded().colours);
    this.moved.next();
  }

  private grow(next: SessionState, states: readonly SessionState[]): void {
    this.replay.grow(this.folded().first - next.first, states);
    this.folded.set(next);
    this.colours.use(next.colours);
    this.moved.next();
  }

  private flush(): void {
    const events = this.queue.splice(
      0,
      this.past.ready(this.queue, () => this.scheduler.request()),
    );
    const last = events.at(-1);
    if (!last) return;
    this.clock.notBefore(Date.parse(last.time));
    this.folded.update((state) => this.replay.fold(state, events));
    this.colours.use(this.folded().colours);
    this.moved.next();
    if (events.some(endsReading)) this.documents.refreshSoon();
  }
}

/** Only the Document Agent changes documents: it has read one, or could not. */
function endsReading(event: LoggedEvent): boolean {
  return event.type === 'agentActivity' && event.agent_name === 'Document Agent' && hasEnded(event.status);
}
