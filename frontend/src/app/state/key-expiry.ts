import { Millis } from './session-state';

const DAY = 24 * 3600 * 1000;
/** How long before its end a key is shown with a warning. */
const WARNED = 14 * DAY;

export type KeyValidity = 7 | 30 | 90 | 180 | 365 | null;

/** How long a key works, to choose from. */
export const KEY_VALIDITIES: readonly { readonly days: KeyValidity; readonly label: string }[] = [
  { days: 7, label: $localize`7 days` },
  { days: 30, label: $localize`30 days` },
  { days: 90, label: $localize`90 days` },
  { days: 180, label: $localize`180 days` },
  { days: 365, label: $localize`One year` },
  { days: null, label: $localize`:how long a key works|:Until it is revoked` },
];

export type Expiry = 'never' | 'later' | 'soon' | 'over';

/** Where a key stands that expires at a moment, or never. */
export function expiryOf(expires_at: string | null, now: Millis): Expiry {
  if (expires_at === null) return 'never';
  const left = Date.parse(expires_at) - now;
  return left <= 0 ? 'over' : left < WARNED ? 'soon' : 'later';
}
