/** How this tab stands to the session's live stream. */
export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  | { readonly state: 'reconnecting' }
  /** The network lets no stream through: what is new is asked for every few seconds. */
  | { readonly state: 'polling' }
  /** Connected, but `missing` events of the log have not arrived yet. */
  | { readonly state: 'behind'; readonly missing: number }
  | { readonly state: 'offline' }
  /** Given up; `reason` says what to do. */
  | { readonly state: 'failed'; readonly reason: string }
  /** There will be no more events. */
  | { readonly state: 'ended'; readonly reason: string };

export const DELETED: Connection = {
  state: 'ended',
  reason: $localize`This session was deleted. This page shows what it had loaded.`,
};

/** Whether nothing comes any more. */
export function hasNoMore(connection: Connection): boolean {
  return connection.state === 'ended' || connection.state === 'failed';
}

/** Whether two of them say the same: each event reports anew, and what did not change must not be drawn again. */
export function sameConnection(one: Connection, other: Connection): boolean {
  return one.state === other.state && saidOf(one) === saidOf(other);
}

function saidOf(connection: Connection): string | number | null {
  if ('reason' in connection) return connection.reason;
  return 'missing' in connection ? connection.missing : null;
}

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;

/** Milliseconds to wait before the next attempt (1, 2, …): doubling, with jitter against a rush. */
export function retryDelay(attempt: number, random: number): number {
  const full = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1));
  return full * (0.5 + random / 2);
}
