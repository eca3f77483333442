import { fuzzy, plain } from './fuzzy';
import { Piece } from './highlight';

/** What a palette can offer, as far as finding it goes. */
interface Findable {
  readonly id: string;
  readonly label: string;
  readonly group: string;
  readonly also?: string;
}

export interface PaletteEntry<T> {
  readonly of: T;
  readonly pieces: readonly Piece[];
}

export interface PaletteGroup<T> {
  readonly name: string;
  readonly entries: readonly PaletteEntry<T>[];
}

const RECENT = 'recent';
/** How the groups are called; by these names they are known in the code. */
const NAMES: Readonly<Record<string, string>> = {
  [RECENT]: $localize`:commands|:Recent`,
  'This session': $localize`This session`,
  'Go to': $localize`Go to`,
};
/** A beginning of a word that is only meant counts less than whatever is shown. */
const MEANT = -100;

/** What is offered for what was typed: the recent ones first while nothing is; the best first, in its group, otherwise. */
export function paletteGroups<T extends Findable>(
  all: readonly T[],
  typed: string,
  recent: readonly string[],
): readonly PaletteGroup<T>[] {
  return typed.trim() === '' ? unasked(all, recent) : found(all, typed);
}

function unasked<T extends Findable>(all: readonly T[], recent: readonly string[]): readonly PaletteGroup<T>[] {
  const used = recent.flatMap((id) => all.find((one) => one.id === id) ?? []);
  const others = all.filter((one) => !used.includes(one));
  const entries = [...used.map((one) => [RECENT, one] as const), ...others.map((one) => [one.group, one] as const)];
  return grouped(entries.map(([group, one]) => [group, { of: one, pieces: [{ text: one.label, marked: false }] }]));
}

function found<T extends Findable>(all: readonly T[], typed: string): readonly PaletteGroup<T>[] {
  const scored = all.flatMap((one) => {
    const shown = fuzzy(one.label, typed);
    if (shown) return { one, ...shown };
    const meant = plain(one.also ?? '')
      .split(' ')
      .some((word) => word.startsWith(plain(typed.trim())));
    return meant ? { one, score: MEANT, pieces: [{ text: one.label, marked: false }] } : [];
  });
  scored.sort((first, second) => second.score - first.score);
  return grouped(scored.map(({ one, pieces }) => [one.group, { of: one, pieces }]));
}

/** In the order in which the groups come up. */
function grouped<T>(entries: readonly (readonly [string, PaletteEntry<T>])[]): readonly PaletteGroup<T>[] {
  const groups = new Map<string, PaletteEntry<T>[]>();
  for (const [name, entry] of entries) groups.set(name, [...(groups.get(name) ?? []), entry]);
  return [...groups].map(([name, of]) => ({ name: NAMES[name] ?? name, entries: of }));
}
