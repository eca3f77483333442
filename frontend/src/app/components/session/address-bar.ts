import { Location } from '@angular/common';
import { computed, effect, inject, signal, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';

import { AgentActivityService } from '../../services/agent-activity.service';
import { Notices } from '../../services/notices.service';
import {
  AddressQuery,
  SessionAddress,
  activityIdOf,
  addressQuery,
  findStep,
  readAddress,
} from '../../state/session-address';
import { SessionState } from '../../state/session-state';
import { Lens } from './lens';
import { Watched } from './watched';

/** Browsers refuse a hundred changes of the address in half a minute. */
const SETTLED_MS = 300;
/** In the state of an entry of the browser's history: the one before it is the same page without a step. */
const STEP_OPENED = 'stepOpened';
const NAMES = Object.keys(addressQuery(readAddress(() => null))) as readonly (keyof AddressQuery)[];

/**
 * What is looked at, in the address of the page, and the other way round: a link opens what its sender saw. What the
 * address names is looked for when the session's past is there. A step that is opened is an entry of the history, which
 * the way back closes; all else takes the place of what was there.
 */
export class AddressBar {
  private readonly route = inject(ActivatedRoute);
  private readonly router = inject(Router);
  private readonly location = inject(Location);
  private readonly notices = inject(Notices);
  private readonly query = toSignal(this.route.queryParamMap);
  private readonly given = computed(() => readAddress((name) => this.query()?.get(name) ?? null));
  /** As text: two that say the same are the same. */
  private readonly givenText = computed(() => textOf(addressQuery(this.given())));
  /** What was named and has not been shown yet. */
  private readonly sought = signal<SessionAddress | null>(null);
  private readonly shown = computed(
    () => {
      const { runId, newestId, selected } = this.watched;
      const step = selected();
      return addressQuery({
        view: this.lens.view(),
        run: runId() === newestId() ? null : runId(),
        step: step && activityIdOf(step),
        filter: this.lens.filter(),
        stretch: this.lens.stretch(),
      });
    },
    { equal: (one, other) => textOf(one) === textOf(other) },
  );
  private written = '';
  /** The session whose step was closed here: the entry before, to which that goes back, is older than what is shown. */
  private closedIn: string | null = null;
  private readonly fragment = toSignal(this.route.fragment);
  /** The run that a search over all sessions has led to, as soon as it is there. */
  readonly foundRun = computed(() => this.store.run(this.fragment() ?? null)?.id ?? null);

  /** Make it in an injection context. */
  constructor(
    private readonly store: AgentActivityService,
    private readonly watched: Watched,
    private readonly lens: Lens,
    /** On a phone: shows the activity instead of what hides it. */
    private readonly uncover: () => void,
  ) {
    let opened: string | null = null;
    effect(() => {
      const sessionId = this.lens.sessionId();
      const given = `${sessionId}${this.givenText()}`;
      untracked(() => {
        const { run, step } = this.given();
        if (this.closedIn !== sessionId && given !== this.written) {
          if (opened === sessionId && step === null) this.leaveStep(run);
          this.sought.set(this.given());
        }
        this.written = given;
        this.closedIn = null;
        opened = step === null ? null : sessionId;
      });
    });
    effect(() => {
      const sought = this.sought();
      if (sought === null || this.store.opening().state !== 'ready') return;
      untracked(() => void this.seek(sought));
    });
    effect(() => {
      const wanted = this.fragment();
      if (!wanted || isApproval(wanted) || this.store.opening().state !== 'ready') return;
      untracked(() => void this.store.past.reach(({ runs }) => runs.has(wanted)));
    });
    effect(() => {
      const found = this.foundRun();
      if (found !== null) untracked(() => this.watched.show(found));
    });
    effect((onCleanup) => {
      const shown = this.shown();
      // Another page that is on its way would not come; if it does not come by itself, this is looked at again.
      if (this.router.currentNavigation() !== null) return;
      if (this.lens.sessionId() === '' || this.sought() !== null || this.store.opening().state !== 'ready') return;
      if (textOf(shown) === untracked(this.givenText)) return;
      const timer = setTimeout(() => this.write(shown), SETTLED_MS);
      onCleanup(() => clearTimeout(timer));
    });
  }

  /** What is not loaded is loaded before it is shown. */
  private async seek(sought: SessionAddress): Promise<void> {
    const sessionId = this.lens.sessionId();
    if (!isNamed(sought, this.store.state()) && this.store.past.missing() > 0) {
      await this.store.past.reach((state) => isNamed(sought, state));
    }
    if (this.sought() !== sought || this.lens.sessionId() !== sessionId) return;
    this.show(sought);
    this.sought.set(null);
  }

  private show({ view, run, step, filter, stretch }: SessionAddress): void {
    const key = step === null ? null : findStep(this.store.state(), step, run);
    if (view !== null) this.lens.view.set(view);
    else if (step !== null && this.lens.view() === 'documents') this.lens.view.set('timeline');
    this.lens.filter.set(filter);
    if (key !== null) this.watched.showStep(key);
    else if (run !== null && this.store.run(run) !== null) this.watched.show(run);
    else if (run !== null) this.missing($localize`This session has no such run.`);
    if (step !== null && key === null && run === null) this.missing($localize`This session has no such step.`);
    this.lens.stretch.set(stretch);
    if (view !== null || run !== null || step !== null) this.uncover();
  }

  /** Back from a step. An address without a run is that of the newest. */
  private leaveStep(run: string | null): void {
    const newest = this.watched.newestId();
    if (run === null && newest !== null) this.watched.show(newest);
    else this.watched.selectedKey.set(null);
  }

  private missing(what: string): void {
    if (this.store.past.missing() > 0) return; // it could not be loaded, as is said already
    const why =
      this.store.state().kept > 1 ? $localize`The server no longer keeps it.` : $localize`The link may be incomplete.`;
    this.notices.add(new Error(`${what} ${why}`));
  }

  private write(query: AddressQuery): void {
    if (this.router.currentNavigation() !== null) return;
    const opened = (this.location.getState() as Record<string, unknown> | null)?.[STEP_OPENED] === true;
    if (opened && query.step === null) {
      this.closedIn = this.lens.sessionId();
      this.location.back();
      return;
    }
    const opens = query.step !== null && this.given().step === null;
    this.written = `${this.lens.sessionId()}${textOf(query)}`;
    void this.router.navigate([], {
      relativeTo: this.route,
      queryParams: query,
      queryParamsHandling: 'merge',
      preserveFragment: true,
      replaceUrl: !opens,
      state: { [STEP_OPENED]: opens || opened },
    });
  }
}

/** Notices lead to approvals, which are open and so are loaded. */
function isApproval(fragment: string): boolean {
  return fragment.startsWith('approval-');
}

/** Whether what an address names is loaded: of a run that is, every step is. */
function isNamed({ run, step }: SessionAddress, state: SessionState): boolean {
  if (run !== null) return state.runs.has(run);
  return step === null || findStep(state, step, null) !== null;
}

function textOf(query: AddressQuery): string {
  return JSON.stringify(NAMES.map((name) => query[name]));
}
