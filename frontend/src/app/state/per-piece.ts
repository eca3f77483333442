import { Vector } from './vector';

/** What is worked out of each piece of a list: again only where a piece is another one than before. */
export class PerPiece<T, R> {
  private known: { readonly piece: readonly T[]; readonly result: R }[] = [];

  /** `work` gets a piece and the position of its first item. */
  constructor(private readonly work: (piece: readonly T[], first: number) => R) {}

  of(list: Vector<T>): readonly R[] {
    let first = 0;
    this.known = list.pieces().map((piece, at) => {
      const known = this.known[at];
      const now = known?.piece === piece ? known : { piece, result: this.work(piece, first) };
      first += piece.length;
      return now;
    });
    return this.known.map(({ result }) => result);
  }
}
