import { Signal, computed, signal } from '@angular/core';

import { ActivityPage } from '../models/models';
import { LoggedEvent } from '../state/events';
import { fold } from '../state/fold';
import { NO_RUN, SessionState, emptyState } from '../state/session-state';
import { APART, eventsOf } from '../state/snapshots';

/** So many events are loaded at once, and as many more as it takes for no run to be cut. */
const MORE = 5000;
const PAGE = 5000;

/** What the past is read by. */
export interface PastReader {
  newest(count: number, limit: number, before: number): Promise<ActivityPage>;
  page(after: number, limit: number): Promise<ActivityPage>;
  /** Older events could not be loaded. */
  failed(error: unknown): void;
}

/** Older events of a log: those that are loaded, and where their part begins. */
interface Older {
  readonly events: readonly LoggedEvent[];
  /** Without any event. */
  readonly begin: SessionState;
}

/**
 * The runs of a session that ended before those that are loaded. They come from the server when somebody looks for
 * them, nearest first; all that is loaded is folded anew then, piece by piece, so that no frame is held up.
 */
export class Past {
  /** How many events there are that are not loaded. */
  readonly missing = computed(() => this.now().first - this.now().kept);
  readonly loading = computed(() => this.under() > 0);
  private readonly under = signal(0);
  private loaded: Promise<boolean> | null = null;
  private asking: Promise<void> | null = null;
  /** The loaded runs are whole as far as the events up to this one tell. */
  private wholeTo = 0;
  /** The number of the log: what was asked for of an earlier one comes too late. */
  private log = 0;

  /** `grown`: all that is known, with a new beginning, and some states on the way to it, oldest first. */
  constructor(
    private readonly now: Signal<SessionState>,
    private readonly read: PastReader,
    private readonly grown: (next: SessionState, states: readonly SessionState[]) => void,
  ) {}

  /** Another log begins, or the same one elsewhere. */
  reset(head: number): void {
    this.log++;
    this.wholeTo = head;
    this.loaded = null;
    this.asking = null;
  }

  /** Loads the runs before those that are loaded; false where that failed. */
  more(count = MORE): Promise<boolean> {
    const log = this.log;
    this.loaded ??= this.load(count).finally(() => {
      if (log === this.log) this.loaded = null;
    });
    return this.loaded;
  }

  /** Loads until what is looked for is there: whether it is. Each time twice as much. */
  async reach(found: (state: SessionState) => boolean): Promise<boolean> {
    const log = this.log;
    while (log === this.log) {
      if (found(this.now())) return true;
      const loaded = this.missing() > 0 && (await this.more(Math.max(MORE, this.now().log.length)));
      if (!loaded) return false;
    }
    return false;
  }

  /** Loads all from this event on: whether that is there. */
  async reachEvent(seq: number): Promise<boolean> {
    const log = this.log;
    while (log === this.log && this.missing() > 0 && this.now().first > seq) {
      if (!(await this.more(Math.max(MORE, this.now().first - seq)))) return false;
    }
    return log === this.log;
  }

  /**
   * How many of these events can be folded. The others name a run that is not loaded and may have begun before: `then`
   * is called when that is known, and its beginning is loaded.
   */
  ready(events: readonly LoggedEvent[], then: () => void): number {
    if (this.missing() === 0) return events.length;
    const count = this.known(events);
    if (count < events.length) this.ask(then);
    return count;
  }

  /** Loads the beginnings of runs that are shown from their middle on. */
  async complete(): Promise<void> {
    if (this.missing() > 0) await this.askWhole(this.now().first, this.now().cursor);
  }

  private known(events: readonly LoggedEvent[]): number {
    const { runs } = this.now();
    const begun = new Set<string>([NO_RUN]); // nothing of no run is ever left out
    for (const [at, event] of events.entries()) {
      const id = event.run_id ?? NO_RUN;
      const begins = event.seq <= this.wholeTo || (event.type === 'runUpdate' && event.status === 'queued');
      if (!begins && !begun.has(id) && !runs.has(id)) return at;
      begun.add(id);
    }
    return events.length;
  }

  private ask(then: () => void): void {
    const [log, { first, cursor }] = [this.log, this.now()];
    this.asking ??= this.askWhole(first, cursor).finally(() => {
      if (log !== this.log) return;
      this.asking = null;
      then();
    });
  }

  private async askWhole(first: number, cursor: number): Promise<void> {
    const log = this.log;
    let head = cursor + 1;
    try {
      await this.loaded;
      const page = await this.read.newest(1, 1, first + 1);
      if (log !== this.log) return;
      if ((page.start ?? first) < first) await this.reachEvent(page.start ?? first);
      head = page.head;
    } catch {
      // The stream tells whether the server is away. What cannot be asked is shown as it came.
    }
    if (log === this.log) this.wholeTo = Math.max(this.wholeTo, head);
  }

  private async load(count: number): Promise<boolean> {
    const log = this.log;
    this.under.update((under) => under + 1);
    try {
      const older = await this.fetch(count);
      if (log === this.log) await this.foldAnew(older);
      return log === this.log;
    } catch (error: unknown) {
      if (log === this.log) this.read.failed(error);
      return false;
    } finally {
      this.under.update((under) => under - 1);
    }
  }

  private async fetch(count: number): Promise<Older> {
    const { first, colours } = this.now();
    const page = await this.read.newest(count, PAGE, first);
    const start = Math.min(first, page.start ?? page.first);
    const events = (page.events as LoggedEvent[]).filter(({ seq }) => seq < first);
    for (let next = start + events.length; next < first; next = start + events.length) {
      const more = await this.read.page(next - 1, Math.min(PAGE, first - next));
      if (more.first > next || more.events.length === 0) {
        throw new Error($localize`The server has just forgotten the beginning of this session. Reload the page.`);
      }
      for (const event of more.events as LoggedEvent[]) events.push(event);
    }
    const empty = emptyState(start, Math.min(start, page.first), page.runs_before ?? 0);
    return { events, begin: { ...empty, colours } }; // no agent changes its colour while it is watched
  }

  private async foldAnew({ events, begin }: Older): Promise<void> {
    const log = this.log;
    const states: SessionState[] = [];
    let next = begin;
    const take = async (piece: readonly LoggedEvent[]): Promise<boolean> => {
      next = fold(next, piece);
      states.push(next);
      await otherWork();
      return log === this.log;
    };
    for (let at = 0; at < events.length; at += APART) if (!(await take(events.slice(at, at + APART)))) return;
    // Meanwhile more may have come.
    while (next.cursor < this.now().cursor) {
      if (!(await take(eventsOf(this.now(), next.cursor, Math.min(this.now().cursor, next.cursor + APART))))) return;
    }
    this.grown(next, states);
  }
}

/** Lets the browser draw, and answer whoever uses the page. */
function otherWork(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
