const KEY = 'ringside.watched.';

/** Until when a spectator link works, remembered by session: the link itself is not at hand when the page is reloaded. */
export function rememberWatched(sessionId: string, until: string): void {
  try {
    localStorage.setItem(KEY + sessionId, until);
  } catch {
    // Storage may be forbidden; the page then does not say until when.
  }
}

/** In milliseconds since 1970; null if it is not known. */
export function watchedUntil(sessionId: string): number | null {
  try {
    const until = Date.parse(localStorage.getItem(KEY + sessionId) ?? '');
    return Number.isNaN(until) ? null : until;
  } catch {
    return null;
  }
}
