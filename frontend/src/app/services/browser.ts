import { InjectionToken } from '@angular/core';

/** The parts of the browser that the live stream rests on, in one place so that tests can stand in for them. */
export interface Browser {
  openSource(url: string): EventSource;
  openChannel(name: string): BroadcastChannel | null;
  /** Absent outside secure contexts; then every tab has a stream of its own. */
  readonly locks: LockManager | undefined;
  isOnline(): boolean;
  isVisible(): boolean;
  /** 0 to 1, for jitter. */
  random(): number;
}

export const BROWSER = new InjectionToken<Browser>('BROWSER', {
  providedIn: 'root',
  factory: (): Browser => ({
    openSource: (url) => new EventSource(url),
    openChannel: (name) => ('BroadcastChannel' in globalThis ? new BroadcastChannel(name) : null),
    locks: (navigator as Partial<Navigator>).locks,
    isOnline: () => navigator.onLine,
    isVisible: () => document.visibilityState === 'visible',
    random: () => Math.random(),
  }),
});
