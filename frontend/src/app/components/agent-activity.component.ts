import { Component, OnDestroy, computed, effect, inject, input, signal, untracked, viewChild } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Document, SessionAgent } from '../models/models';
import { Account } from '../services/account.service';
import { AgentRegistry } from '../services/agent-registry';
import { AgentActivityService } from '../services/agent-activity.service';
import { DocumentsService } from '../services/documents.service';
import { Layout } from '../services/layout.service';
import { NewSessionService } from '../services/new-session.service';
import { Notices } from '../services/notices.service';
import { PageTitle } from '../services/page-title.service';
import { SessionLinks } from '../services/session-links.service';
import { ServerReach } from '../services/server-reach.service';
import { ServerInfo } from '../services/server-info.service';
import { SessionsService } from '../services/sessions.service';
import { counts } from '../state/conversation';
import { Citation } from '../state/events';
import { Agent, Run } from '../state/session-state';
import { SessionApprovalsComponent } from './approvals/session-approvals.component';
import { ActivityDetailComponent } from './session/activity-detail.component';
import { AgentGraphComponent } from './session/agent-graph.component';
import { AgentCardsComponent } from './session/agent-cards.component';
import { AgentAvatarComponent } from './shared/agent-avatar.component';
import { AgentPickerComponent } from './shared/agent-picker.component';
import { AbsentWorkerComponent } from './session/absent-worker.component';
import { AddressBar } from './session/address-bar';
import { AgentUnavailableComponent } from './session/agent-unavailable.component';
import { RunAnnouncerComponent } from './session/run-announcer.component';
import { ChronicleComponent } from './session/chronicle.component';
import { ComposerComponent } from './session/composer.component';
import { ConfirmComponent } from './shared/confirm.component';
import { ConversationComponent } from './session/conversation.component';
import { DocumentChipsComponent } from './session/document-chips.component';
import { DocumentDropComponent } from './session/document-drop.component';
import { DocumentsComponent } from './session/documents.component';
import { Face } from './session/face';
import { Finder } from './session/finder';
import { FeedComponent } from './session/feed.component';
import { IconComponent } from './shared/icon.component';
import { Lens } from './session/lens';
import { NotFoundComponent } from './shared/not-found.component';
import { PassageComponent } from './session/passage.component';
import { QueuedQuestionsComponent } from './session/queued-questions.component';
import { ReplayBarComponent } from './session/replay-bar.component';
import { RunControl } from './session/run-control';
import { RunProgressComponent } from './session/run-progress.component';
import { RunProgressSkeletonComponent } from './session/run-progress-skeleton.component';
import { SessionAgentComponent } from './session/session-agent.component';
import { SessionHeaderComponent } from './session/session-header.component';
import { SessionMarksComponent } from './shared/session-marks.component';
import { SessionMenuComponent } from './session/session-menu.component';
import { isShortcut } from './shared/shortcut';
import { SharingMenuComponent } from './session/sharing-menu.component';
import { StepActionsComponent } from './session/step-actions.component';
import { StepToolsComponent } from './session/step-tools.component';
import { SpectatorLinksComponent } from './session/spectator-links.component';
import { TabListComponent } from './shared/tab-list.component';
import { Stuck } from './session/stuck';
import { TimelineComponent } from './session/timeline.component';
import { isOfOneRun, viewTabs } from './session/view-tabs';
import { Watched } from './session/watched';

/** One session: its activity in the middle, its conversation beside it. */
@Component({
  selector: 'app-agent-activity',
  imports: [
    ActivityDetailComponent,
    AgentAvatarComponent,
    AgentCardsComponent,
    AgentGraphComponent,
    AgentPickerComponent,
    AbsentWorkerComponent,
    AgentUnavailableComponent,
    RunAnnouncerComponent,
    ChronicleComponent,
    ComposerComponent,
    ConfirmComponent,
    ConversationComponent,
    DocumentChipsComponent,
    DocumentDropComponent,
    DocumentsComponent,
    FeedComponent,
    IconComponent,
    NotFoundComponent,
    PassageComponent,
    QueuedQuestionsComponent,
    ReplayBarComponent,
    RouterLink,
    RunProgressComponent,
    RunProgressSkeletonComponent,
    SessionAgentComponent,
    SessionApprovalsComponent,
    SessionHeaderComponent,
    SessionMarksComponent,
    SessionMenuComponent,
    SharingMenuComponent,
    SpectatorLinksComponent,
    TabListComponent,
    StepActionsComponent,
    StepToolsComponent,
    TimelineComponent,
  ],
  templateUrl: './agent-activity.component.html',
  styleUrl: './agent-activity.component.css',
  host: { '(document:keydown)': 'onKey($event)' },
})
export class AgentActivityComponent implements OnDestroy {
  /** From the route; '' for a session that is made with its first question or document. */
  readonly sessionId = input('', { transform: (id: string | undefined): string => id ?? '' });
  /** Whether it is watched by a spectator link. */
  readonly guest = input(false);

  protected readonly account = inject(Account);
  protected readonly agents = inject(AgentRegistry);
  protected readonly store = inject(AgentActivityService);
  protected readonly documents = inject(DocumentsService);
  protected readonly info = inject(ServerInfo);
  protected readonly links = inject(SessionLinks);
  private readonly layout = inject(Layout);
  protected readonly newSession = inject(NewSessionService);
  private readonly notices = inject(Notices);
  protected readonly reach = inject(ServerReach);
  private readonly sessions = inject(SessionsService);
  private readonly title = inject(PageTitle);
  /** On a phone the documents have a place of their own. */
  protected readonly tabs = computed(() => viewTabs(this.layout.phone()));
  protected readonly isOfOneRun = isOfOneRun;
  protected readonly nobody: ReadonlyMap<string, Agent> = new Map();
  protected readonly shown = computed(() =>
    this.layout.phone() && this.face.phoneTab() === 'documents' ? 'documents' : this.lens.view(),
  );

  protected readonly newTitle = $localize`:title of one that is yet to be made|:New session`;
  protected readonly skeleton = [62, 38, 46, 41, 55, 33];
  protected readonly citation = signal<Citation | null>(null);
  protected readonly makingLinks = signal(false);
  protected readonly deleting = signal<Document | null>(null);
  private readonly sending = signal(false);
  protected readonly busy = computed(() => this.sending() || this.newSession.busy());
  protected readonly watched = new Watched(this.store, this.agents, this.sessionId);
  protected readonly lens = new Lens(this.sessionId, this.watched.runId);
  protected readonly address = new AddressBar(this.store, this.watched, this.lens, () => this.face.uncover());
  protected readonly finder = new Finder(this.store, this.watched, this.lens);
  protected readonly stuck = new Stuck(this.watched, this.sessionId, this.guest);
  protected readonly isNew = computed(() => this.sessionId() === '');
  protected readonly readOnly = computed(
    () => this.guest() || !this.account.mayWork() || this.store.session()?.may_change === false,
  );
  /** Where a person is asked: beside the steps, but on a phone that shows the conversation. */
  protected readonly asksInChat = computed(
    () => !this.guest() && this.layout.phone() && this.face.phoneTab() === 'chat',
  );
  /** Whether nothing of it can be changed here (any more). */
  protected readonly fixed = computed(() => this.readOnly() || this.store.gone() || this.store.asOf() !== null);
  /** Why nothing more is heard of it; '' while something is, or may be. */
  protected readonly over = computed(() => {
    const connection = this.store.connection();
    return connection.state === 'ended' || connection.state === 'failed' ? connection.reason : '';
  });
  /** To those who only watch, an end of the stream that is final means that they may not watch any more. */
  protected readonly withdrawn = computed(
    () => this.readOnly() && this.store.opening().state === 'ready' && this.over() !== '',
  );

  /** What there is to see: the session, or why there is none. */
  readonly view = computed(() => {
    const { state } = this.store.opening();
    if (this.guest() && (this.withdrawn() || state === 'missing')) return 'guest-out';
    return this.withdrawn() ? 'withdrawn' : state;
  });
  /** When the spectator link expires, in milliseconds since 1970; null without one, or while it is not known. */
  readonly watchableUntil = computed(() => Date.parse(this.store.session()?.watchable_until ?? '') || null);
  protected readonly watchingWords = computed(() => {
    const { owner, mine } = this.store.session() ?? {};
    if (this.guest() || !owner || mine) return $localize`You are watching; you cannot ask here.`;
    return $localize`You are watching; only ${owner}:owner: can ask here.`;
  });

  /** Who answers the next question; null while that is not known. */
  protected readonly answering = computed<SessionAgent | null>(() => {
    if (!this.isNew()) return this.store.session()?.agent ?? null;
    const agent = this.agents.forNew();
    return agent && { id: agent.id, name: agent.name, avatar: agent.avatar, state: 'ready' };
  });
  protected readonly control = new RunControl(this.store, this.agents, this.answering, this.sessionId, this.sending);
  /** The same, as the team's list has it. */
  protected readonly agent = computed(() => this.agents.find(this.answering()?.id));
  protected readonly face = new Face(
    this.store,
    this.sessionId,
    computed(() => this.agent()?.kind),
    computed(() => this.composer()?.inUse() === true),
  );
  protected readonly choices = computed(() => (this.agents.agents() === null ? null : this.agents.enabled()));

  protected readonly mode = computed(() => {
    const model = this.watched.run()?.model;
    return model && model !== 'built-in' ? model : this.info.mode();
  });

  /** Whether links to it may be made here. */
  private readonly givesAccess = computed(
    () => !this.readOnly() && this.account.me() !== null && this.store.session()?.id === this.sessionId(),
  );
  private readonly agentState = computed(() => {
    if (this.guest() || (this.store.session() === null && !this.isNew())) return null;
    return `${this.sessionId()} ${this.store.session()?.agent.state}`;
  });

  /** Changes when a run begins or ends, also one that does both between two looks; null while the past is loaded. */
  private readonly moved = computed(() => {
    if (this.store.opening().state === 'loading') return null;
    return `${this.sessionId()}: ${counts(this.store.presentRuns())}, ${this.withdrawn()}`;
  });
  private readonly timeline = viewChild(TimelineComponent);
  protected readonly composer = viewChild(ComposerComponent);

  constructor() {
    effect(() => {
      const sessionId = this.sessionId();
      untracked(() => {
        if (sessionId) void this.store.joinSession(sessionId, this.guest());
        else this.newSession.begin();
      });
    });
    effect(() => {
      this.newSession.wished();
      if (this.isNew()) this.composer()?.focus();
    });
    effect(() => {
      const title = this.isNew() ? this.newTitle : this.store.session()?.title;
      this.title.set(title ? `${title} · Ringside` : 'Ringside');
    });
    // Who else can answer is known to those who belong to the team; and it changes when an agent here is switched off.
    effect(() => {
      if (this.agentState() !== null) untracked(() => void this.agents.load());
    });
    effect(() => {
      if (this.givesAccess()) untracked(() => this.linksMade());
    });
    // What moves here changes the list at the left; it is as new as the past that was just loaded.
    let before: string | null = null;
    effect(() => {
      const now = this.moved();
      if (now !== null && before !== null) untracked(() => void this.sessions.refresh());
      before = now;
    });
  }

  ngOnDestroy(): void {
    this.store.leaveSession();
  }

  protected readonly openSessions = (): void => this.layout.sessionsOpen.set(true);

  /** `replaces`: the run whose question it is asked instead of. */
  protected async send(question: string, replaces = this.composer()?.editing()?.runId): Promise<void> {
    this.sending.set(true);
    const sent = await this.attempt(() =>
      this.isNew() ? this.newSession.ask(question) : this.store.send(question, this.sessionId(), replaces),
    );
    if (sent) this.composer()?.clear(question);
    this.sending.set(false);
  }

  /** Files for the session; they make one that is not there yet. */
  protected async add(files: readonly File[]): Promise<void> {
    if (this.isNew()) await this.attempt(() => this.newSession.add(files));
    else this.documents.add(files);
  }

  protected linksMade(): void {
    this.makingLinks.set(false);
    void this.attempt(() => this.links.load(this.sessionId()));
  }

  protected showRun(runId: string): void {
    this.watched.show(runId);
    this.lens.view.set('timeline');
    this.face.phoneTab.set('activity');
  }

  protected readonly stop = (): Promise<boolean> => this.attempt(() => this.watched.stop());
  protected readonly turn = (): Promise<boolean> => this.attempt(() => this.control.turn());
  protected readonly reorder = (ids: readonly string[]): Promise<boolean> =>
    this.attempt(() => this.store.reorder(ids));

  /** To be changed, or asked later. */
  protected async withdraw(run: Run): Promise<void> {
    if (await this.attempt(() => this.store.cancel(run.id))) this.composer()?.takeBack(run.question ?? '');
  }

  protected readonly rename = (title: string): Promise<boolean> => this.attempt(() => this.store.rename(title));
  protected readonly share = (shared: boolean): Promise<boolean> => this.attempt(() => this.store.share(shared));

  protected async chooseAgent(id: string): Promise<void> {
    if (this.isNew()) this.agents.pick(id);
    else await this.attempt(() => this.store.choose(id));
  }

  protected async removeDocument(document: Document, sure: boolean): Promise<void> {
    this.deleting.set(null);
    if (sure) await this.documents.remove(document.id);
  }

  protected onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && !document.querySelector('dialog[open]')) this.watched.selectedKey.set(null);
    if (!isShortcut(event)) return;
    if (event.key === 'j') this.timeline()?.move(1);
    else if (event.key === 'k') this.timeline()?.move(-1);
  }

  private async attempt(action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error: unknown) {
      this.notices.add(error);
      return false;
    }
  }
}
