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
  /** The size of each block in bytes, by its number. */
  readonly sizes: Readonly<Record<number, number>>;
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

/** What a keeper has when it begins to write: more comes meanwhile, or a log that begins anew. */
interface Held {
  readonly at: number;
  readonly beginning: Beginning;
  readonly events: readonly LoggedEvent[];
  /** The number of the first of them. */
  readonly from: number;
  /** The number of the last of them. */
  readonly last: number;
}

export interface KeeperOptions {
  /** By which the tabs that have the session open write one after the other; none: where a browser has no such thing. */
  readonly locks: LockManager | undefined;
  /** Called whenever something was written, with the size of all that is kept of the log in bytes. */
  written(bytes: number): void;
  /** Makes room on a disk that is full; called once. */
  makeRoom(): Promise<void>;
}

/**
 * Keeps the log of one session on this device, as it comes. Every tab that has the session open has a keeper of it: each
 * looks at what is kept before it writes, adds what comes behind that, and leaves the rest alone.
 */
export class LogKeeper {
  private beginning: Beginning = { first: 1, kept: 1, runsBefore: 0 };
  /** In order and without a hole; those of blocks before the newest only until they are kept. */
  private events: LoggedEvent[] = [];
  /** The number of the first of them, or of the one that comes next. */
  private from = 1;
  /** When the server was heard last, in milliseconds since 1970. */
  private at = 0;
  /** As of when it was looked last whether something is to be written. */
  private writtenAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private writing: Promise<unknown> = Promise.resolve();
  private closed = false;
  private stopped = false;
  private madeRoom = false;

  constructor(
    private readonly copy: DeviceCopy,
    private readonly sessionId: string,
    private readonly options: KeeperOptions,
  ) {}

  /** This is kept already, and what comes next follows it. */
  resume({ at, beginning, events }: KeptLog): void {
    this.begin(beginning);
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

  /**
   * Forget everything: the log now begins here, and goes up to `head`. What is kept stays where it is of the same log: it
   * has what comes next already.
   */
  reset(beginning: Beginning, head: number): void {
    this.begin(beginning);
    void this.inTurn(async () => {
      const kept = await extentOf(this.copy, this.sessionId);
      if (!kept || !sameBeginning(kept.beginning, beginning) || kept.last > head) await this.remove();
    });
  }

  /** Writes what is not kept yet, and as of when it is. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.inTurn(() => this.write());
  }

  /** `flushes`: false where the session is not to be kept any more. */
  close(flushes = true): void {
    if (this.closed) return;
    if (flushes) void this.flush();
    else this.stop();
    clearTimeout(this.timer);
    this.closed = true;
  }

  private begin(beginning: Beginning): void {
    this.beginning = beginning;
    this.events = [];
    this.from = beginning.first;
  }

  private add(events: readonly LoggedEvent[]): void {
    if (!this.stopped) for (const event of events) this.events.push(event);
  }

  /** Nothing of this session is kept any more. */
  private stop(): void {
    this.stopped = true;
    this.events = [];
  }

  private hasStopped(): boolean {
    if (this.copy.refuses(this.sessionId)) this.stop();
    return this.stopped;
  }

  /** After what this tab, and any other one, writes already. */
  private inTurn(action: () => Promise<void>): Promise<unknown> {
    const { locks } = this.options;
    const turn = (): Promise<unknown> =>
      locks ? locks.request(`ringside:keep:${this.copy.userId}:${this.sessionId}`, {}, action) : action();
    this.writing = this.writing.then(turn).catch(() => undefined); // a page that is being left is given no lock
    return this.writing;
  }

  private async write(): Promise<void> {
    if (this.at === 0 || this.hasStopped()) return;
    this.writtenAt = this.at;
    const { at, beginning, events, from } = this;
    const held: Held = { at, beginning, events, from, last: from + events.length - 1 };
    const kept = await extentOf(this.copy, this.sessionId);
    if (kept && kept.last >= held.last) {
      if (kept.last === held.last && at - kept.at > OFTEN) await this.put(EXTENT, { ...kept, at } satisfies Extent);
    } else if (!(await this.extend(kept, held))) {
      return; // All of it is written at the next occasion.
    }
    if (events === this.events) this.free(held.last);
  }

  /** Block by block: each gives way to what the page has to do meanwhile. False: it could not be written. */
  private async extend(kept: Extent | null, held: Held): Promise<boolean> {
    const { events, from, last } = held;
    const next = kept ? Math.max(startOf(blockOf(kept.last + 1)), kept.beginning.first) : 0;
    const before = kept !== null && from <= next ? kept : null;
    // What was kept is gone, or begins anew in another tab, and this one has no more than its newest events.
    if (!before && from > held.beginning.first) return true;
    if (!before) await this.remove();
    const { beginning } = before ?? held;
    const sizes: Record<number, number> = { ...before?.sizes };
    for (let block = blockOf(before ? next : from); block <= blockOf(last); block++) {
      const begin = Math.max(startOf(block), beginning.first);
      const size = await this.put(
        blockName(block),
        events.slice(begin - from, Math.min(startOf(block + 1), last + 1) - from),
      );
      if (size === 0) return false;
      sizes[block] = size;
    }
    const extent: Extent = { beginning, last, sizes, at: Math.max(held.at, before?.at ?? 0) };
    if ((await this.put(EXTENT, extent)) === 0) return false;
    this.options.written(bytesOf(extent));
    return true;
  }

  /** Once where the disk is full: what is older gives way. Its size in bytes; 0: not kept. */
  private async put(name: string, value: unknown): Promise<number> {
    const size = this.hasStopped() ? 0 : await this.copy.put(name, value, this.sessionId);
    if (size > 0 || this.madeRoom || this.hasStopped()) return size;
    this.madeRoom = true;
    await this.options.makeRoom();
    return this.hasStopped() ? 0 : this.copy.put(name, value, this.sessionId);
  }

  private async remove(): Promise<void> {
    await this.copy.remove(EXTENT, this.sessionId);
    await this.copy.removeAll(BLOCKS, this.sessionId);
  }

  /** Of what is kept, only the newest block is needed: it is written again with what comes. */
  private free(last: number): void {
    const start = Math.max(startOf(blockOf(last)), this.from);
    this.events.splice(0, start - this.from);
    this.from = start;
  }
}

/** How much is kept of a session's log; null: nothing. */
export function extentOf(copy: DeviceCopy, sessionId: string): Promise<Extent | null> {
  return copy.get<Extent>(EXTENT, sessionId);
}

export function bytesOf({ sizes }: Extent): number {
  return Object.values(sizes).reduce((sum, size) => sum + size, 0);
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

/** Whether it is the same part of the same log, as far as its beginning tells. */
function sameBeginning(one: Beginning, other: Beginning): boolean {
  return one.first === other.first && one.kept === other.kept && one.runsBefore === other.runsBefore;
}

/** Events are counted from 1. */
function blockOf(seq: number): number {
  return Math.floor((seq - 1) / BLOCK);
}

/** The number of the first event of a block. */
function startOf(block: number): number {
  return block * BLOCK + 1;
}

function blockName(block: number): string {
  return `${BLOCKS}${block}`;
}
