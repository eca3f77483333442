import { LoggedEvent } from '../state/events';
import { Beginning } from '../state/session-state';
import { DeviceCopy } from './device-copy';

/** How many events are kept together: what is added to a log is written with at most so many that are kept already. */
const BLOCK = 1000;
/** Milliseconds for which news is gathered before it is kept. */
const PAUSE = 2000;
/** Milliseconds after which it is written anew that nothing has come. */
const OFTEN = 20_000;
const EXTENT = 'extent';
const BLOCKS = 'log/';

/** How much of a session's log is kept: the events from its beginning to `last`, which was the newest at a moment. */
export interface Extent {
  readonly beginning: Beginning;
  readonly last: number;
  /** The size of all of it. */
  readonly bytes: number;
  /** That moment, in milliseconds since 1970. */
  readonly at: number;
}

/** The log of a session as this device has it. */
export interface KeptLog {
  readonly at: number;
  readonly beginning: Beginning;
  /** In order and without a hole, from there on. */
  readonly events: readonly LoggedEvent[];
}

/** Keeps the log of one session on this device, as it comes. */
export class LogKeeper {
  private beginning: Beginning = { first: 1, kept: 1, runsBefore: 0 };
  private last = 0;
  /** When the server was heard last, in milliseconds since 1970. */
  private at = 0;
  /** When that was written last. */
  private writtenAt = 0;
  /** The events of the blocks that are to be written, and of the newest one. */
  private blocks = new Map<number, LoggedEvent[]>();
  private changed = new Set<number>();
  private readonly sizes = new Map<number, number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private writing: Promise<void> = Promise.resolve();
  private closed = false;

  /** `written` is called whenever something was, with the size of the whole in bytes. */
  constructor(
    private readonly copy: DeviceCopy,
    private readonly sessionId: string,
    private readonly written: (bytes: number) => void,
  ) {}

  /** This is kept already, and what comes next follows it. */
  resume({ at, beginning, events }: KeptLog): void {
    this.beginning = beginning;
    this.add(events);
    this.at = at;
  }

  take(events: readonly LoggedEvent[]): void {
    this.heard();
    this.add(events);
    if (!this.closed && events.length > 0) this.timer ??= setTimeout(() => void this.flush(), PAUSE);
  }

  /** The server has been heard: what has come is all there is now. */
  heard(): void {
    this.at = Date.now();
    if (!this.closed && this.at - this.writtenAt > OFTEN) void this.flush();
  }

  private add(events: readonly LoggedEvent[]): void {
    for (const event of events) {
      this.last = event.seq;
      const block = blockOf(event.seq);
      const known = this.blocks.get(block);
      if (known) known.push(event);
      else this.blocks.set(block, [event]);
      this.changed.add(block);
    }
  }

  /** Forget everything: the log now begins here. */
  reset(beginning: Beginning): void {
    this.blocks = new Map();
    this.changed = new Set();
    this.sizes.clear();
    this.beginning = beginning;
    this.last = beginning.first - 1;
    this.writing = this.writing.then(async () => {
      await this.copy.remove(EXTENT, this.sessionId);
      await this.copy.removeAll(BLOCKS, this.sessionId);
    });
  }

  /** Writes what is not kept yet, and as of when it is. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  /** `flushes`: false where the session is not to be kept any more. */
  close(flushes = true): void {
    if (this.closed) return;
    if (flushes) void this.flush();
    clearTimeout(this.timer);
    this.closed = true;
  }

  /** Block by block: each gives way to what the page has to do meanwhile. */
  private async write(): Promise<void> {
    const { beginning, last, at } = this;
    if (at === 0) return;
    this.writtenAt = at;
    for (const block of [...this.changed]) {
      const events = this.blocks.get(block);
      if (!events) continue;
      this.changed.delete(block);
      const size = await this.copy.put(blockName(block), events, this.sessionId);
      if (size === 0) return;
      this.sizes.set(block, size);
      if (block !== blockOf(this.last) && !this.changed.has(block)) this.blocks.delete(block);
    }
    const bytes = [...this.sizes.values()].reduce((sum, size) => sum + size, 0);
    await this.copy.put(EXTENT, { beginning, last, bytes, at } satisfies Extent, this.sessionId);
    this.written(bytes);
  }
}

/** How much is kept of a session's log; null: nothing. */
export function extentOf(copy: DeviceCopy, sessionId: string): Promise<Extent | null> {
  return copy.get<Extent>(EXTENT, sessionId);
}

/** All events that are kept; null where one is missing, because the page was closed while it was written. */
export async function keptEvents(
  copy: DeviceCopy,
  sessionId: string,
  { beginning: { first }, last }: Extent,
): Promise<LoggedEvent[] | null> {
  const events: LoggedEvent[] = [];
  for (let block = blockOf(first); block <= blockOf(last); block++) {
    for (const event of (await copy.get<LoggedEvent[]>(blockName(block), sessionId)) ?? []) {
      if (event.seq === first + events.length && event.seq <= last) events.push(event);
    }
  }
  return events.length === last - first + 1 ? events : null;
}

/** Events are counted from 1. */
function blockOf(seq: number): number {
  return Math.floor((seq - 1) / BLOCK);
}

function blockName(block: number): string {
  return `${BLOCKS}${block}`;
}
