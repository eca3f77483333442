/** Whether two lists hold the same things at the same places: what shows one need not be drawn anew for the other. */
export function sameItems(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, at) => item === other[at]);
}
