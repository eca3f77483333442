import { WireEvent, isLogged } from '../state/events';

/** Milliseconds in which events are gathered that follow another one. */
const TOGETHER = 50;

/**
 * What the leading tab hears, on its way to the others. A message for each event of a busy session would take a tenth
 * of a processor, also where nobody listens: those that follow closely on one another go together.
 */
export class Relay {
  private waiting: WireEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (events: readonly WireEvent[]) => void) {}

  take(event: WireEvent): void {
    this.waiting.push(event);
    if (!isLogged(event) || this.timer === undefined) this.flush();
  }

  /** Before anything else is told: what was heard first is told first. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.waiting.length === 0) return;
    this.tell(this.waiting);
    this.waiting = [];
    this.timer = setTimeout(() => this.flush(), TOGETHER);
  }

  close(): void {
    this.flush();
    clearTimeout(this.timer);
  }
}
