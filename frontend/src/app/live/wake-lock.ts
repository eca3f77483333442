/**
 * Keeps the screen awake. The browser lets it go whenever the page is out of sight, and refuses where the battery is low;
 * then the screen sleeps as ever. Returns what ends it.
 */
export function keepAwake(): () => void {
  const locks = (navigator as Partial<Navigator>).wakeLock;
  const listening = new AbortController();
  let held: WakeLockSentinel | null = null;
  const ask = (): void => {
    if (document.visibilityState !== 'visible') return;
    locks?.request('screen').then(
      (lock) => {
        if (listening.signal.aborted) void lock.release();
        else held = lock;
      },
      () => undefined,
    );
  };
  document.addEventListener('visibilitychange', ask, { signal: listening.signal });
  ask();
  return () => {
    listening.abort();
    void held?.release();
  };
}
