/**
 * Key → position in a list that only grows, as an immutable value with O(1) growth.
 *
 * All states of one history share a Map; each sees only the positions below its own count. A state that
 * is continued in a second way finds the Map larger than itself and takes a copy first, unless it is continued as before.
 */
export class Positions {
  static readonly empty = new Positions(new Map(), 0);

  private constructor(
    private readonly map: Map<string, number>,
    private readonly count: number,
  ) {}

  get(key: string): number | undefined {
    const position = this.map.get(key);
    return position !== undefined && position < this.count ? position : undefined;
  }

  /** With `key` at the next position. The key must be new. */
  with(key: string): Positions {
    // The same history, read once more.
    if (this.map.get(key) === this.count) return new Positions(this.map, this.count + 1);
    const fresh = this.count === 0 || this.map.size !== this.count;
    const map = fresh ? new Map([...this.map].filter(([, position]) => position < this.count)) : this.map;
    map.set(key, this.count);
    return new Positions(map, this.count + 1);
  }
}
