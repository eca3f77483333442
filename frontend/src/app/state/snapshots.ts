import { LoggedEvent } from './events';
import { fold } from './fold';
import { SessionState, emptyState } from './session-state';

/** Events between two states that are kept of all of the log. */
export const APART = 2000;
/** Events between two states that are kept where somebody looks around, and how many of these. */
const NEAR = 250;
const MOST_NEAR = 64;

/**
 * States of one log at earlier moments, so that any moment is a short fold away. States share what they have in common:
 * one that is kept costs what has changed since.
 */
export class Snapshots {
  private kept: SessionState[] = [];
  private near: SessionState[] = [];

  forget(): void {
    this.kept = [];
    this.near = [];
  }

  /** The log has got an earlier beginning: states of it that are kept from now on, oldest first. */
  begin(states: readonly SessionState[]): void {
    this.forget();
    for (const state of states) this.keep(state);
  }

  /** A state as the log is read: some of them stay. */
  keep(state: SessionState): void {
    if (state.cursor - (this.kept.at(-1)?.cursor ?? state.first - 1) >= APART) this.kept.push(state);
  }

  /** What was known after the event with this number: fold of all events up to it. `now` has at least these. */
  at(now: SessionState, seq: number): SessionState {
    if (seq >= now.cursor) return now;
    let state = this.nearest(seq) ?? emptyState(now.first, now.kept, now.runsBefore);
    while (state.cursor < seq) {
      const next = Math.min(seq, (Math.floor(state.cursor / NEAR) + 1) * NEAR);
      state = fold(state, eventsOf(now, state.cursor, next));
      this.near.push(state);
    }
    if (this.near.length > MOST_NEAR) this.near = this.near.slice(-MOST_NEAR / 2);
    return state;
  }

  /** The newest that is not newer. */
  private nearest(seq: number): SessionState | undefined {
    let found: SessionState | undefined;
    for (const state of [...this.kept, ...this.near]) {
      if (state.cursor <= seq && state.cursor >= (found?.cursor ?? 0)) found = state;
    }
    return found;
  }
}

/** Numbers have no holes: an event's place in the log follows from its number. */
export function eventsOf({ log, first }: SessionState, after: number, to: number): LoggedEvent[] {
  const events: LoggedEvent[] = [];
  for (let at = after + 1 - first; at <= to - first; at++) {
    const event = log.at(at);
    if (event) events.push(event);
  }
  return events;
}
