import { Signal, computed, effect, untracked } from '@angular/core';

import { AgentActivityService } from '../../services/agent-activity.service';
import { count } from '../../state/format';
import { StepSearch, searchWords } from '../../state/step-search';
import { Lens } from './lens';
import { Watched } from './watched';

const NO_MATCHES = $localize`No matches`;

/** The steps with the words that are searched for, over all runs of the session, and which of them is looked at. */
export class Finder {
  private readonly search = computed(() => {
    const filter = this.lens.filter();
    return searchWords(filter.search) === '' ? null : new StepSearch(filter);
  });
  private readonly found = computed(() => this.search()?.find(this.store.state().activities) ?? []);
  private readonly at: Signal<number> = computed(() => {
    const key = this.watched.selectedKey();
    return key === null ? -1 : (this.store.state().positions.get(key) ?? -1);
  });
  /** '2 of 14', '14 found', '14 found so far' while more is loaded, 'No matches'; '' while nothing is searched for. */
  readonly summary = computed(() => {
    if (this.search() === null) return '';
    const found = this.found();
    if (this.store.past.loading()) return $localize`${count(found.length)}:count: found so far`;
    if (found.length === 0) return NO_MATCHES;
    const place = found.indexOf(this.at());
    return place < 0
      ? $localize`${count(found.length)}:count: found`
      : $localize`${count(place + 1)}:place: of ${count(found.length)}:count:`;
  });
  readonly any = computed(() => this.found().length > 0);

  /** The names of all agents of the session. */
  readonly agents = computed(() => [...new Set(this.store.runs().flatMap((run) => [...run.agents.keys()]))]);

  /** Make it in an injection context: what is searched is loaded first. */
  constructor(
    private readonly store: AgentActivityService,
    private readonly watched: Watched,
    private readonly lens: Lens,
  ) {
    const wantsAll = computed(() => this.search() !== null && this.store.opening().state === 'ready');
    effect(() => {
      if (wantsAll()) untracked(() => void this.store.past.reachEvent(1));
    });
  }

  /** Shows the next of them, or the one before; behind the last comes the first. */
  go(step: 1 | -1): void {
    const [found, at] = [this.found(), this.at()];
    const behind = step > 0 ? found.find((index) => index > at) : found.findLast((index) => at < 0 || index < at);
    const next = behind ?? found.at(step > 0 ? 0 : -1);
    const activity = next === undefined ? undefined : this.store.state().activities.at(next);
    if (activity) this.watched.showStep(activity.key);
  }
}
