const CHUNK_BITS = 8;
const CHUNK_MASK = (1 << CHUNK_BITS) - 1;

/**
 * An immutable list for long logs: append and replace copy one chunk of 256 and the spine, never the whole.
 * `edit` groups the changes of one batch, so that a chunk is copied once per batch.
 */
export class Vector<T> {
  private constructor(
    private readonly chunks: readonly (readonly T[])[],
    readonly length: number,
  ) {}

  static empty<T>(): Vector<T> {
    return new Vector<T>([], 0);
  }

  at(index: number): T | undefined {
    return this.chunks[index >>> CHUNK_BITS]?.[index & CHUNK_MASK];
  }

  /** Its pieces: one that has not changed is the same object in the next list. */
  pieces(): readonly (readonly T[])[] {
    return this.chunks;
  }

  toArray(): T[] {
    return this.chunks.flatMap((chunk) => chunk);
  }

  edit(): VectorEditor<T> {
    return new VectorEditor(this.chunks, this.length, (chunks, length) => new Vector(chunks, length));
  }
}

/** The open hand of one batch of changes; what it came from stays as it was. */
export class VectorEditor<T> {
  private chunks: (readonly T[])[] | null = null;
  private readonly owned = new Set<number>();

  constructor(
    private readonly source: readonly (readonly T[])[],
    private count: number,
    private readonly seal: (chunks: readonly (readonly T[])[], length: number) => Vector<T>,
  ) {}

  get length(): number {
    return this.count;
  }

  at(index: number): T | undefined {
    return (this.chunks ?? this.source)[index >>> CHUNK_BITS]?.[index & CHUNK_MASK];
  }

  append(item: T): number {
    const index = this.count++;
    this.own(index >>> CHUNK_BITS).push(item);
    return index;
  }

  set(index: number, item: T): void {
    if (index < 0 || index >= this.count) throw new RangeError(`No item ${index} in a list of ${this.count}.`);
    this.own(index >>> CHUNK_BITS)[index & CHUNK_MASK] = item;
  }

  done(): Vector<T> {
    return this.seal(this.chunks ?? this.source, this.count);
  }

  private own(at: number): T[] {
    this.chunks ??= [...this.source];
    if (!this.owned.has(at)) {
      this.owned.add(at);
      this.chunks[at] = at < this.chunks.length ? [...(this.chunks[at] ?? [])] : [];
    }
    return this.chunks[at] as T[];
  }
}
