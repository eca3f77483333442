import { ChangedUser } from '../../models/models';

/** What the buttons beside a person are called, for who does not see which line they are in. */
export const USER_WORDS = {
  roleOf: (name: string): string => $localize`Role of ${name}:name:`,
  linkFor: (name: string): string => $localize`Password link for ${name}:name:`,
  resetOf: (name: string): string => $localize`Reset the second factor of ${name}:name:`,
  deactivateWords: (name: string): string => $localize`Deactivate ${name}:name:`,
  handOverWords: (name: string): string => $localize`Hand over the sessions of ${name}:name:`,
  exportWords: (name: string): string => $localize`Export the data of ${name}:name:`,
  eraseWords: (name: string): string => $localize`Erase ${name}:name:`,
  reactivateWords: (name: string): string => $localize`Reactivate ${name}:name:`,
};

/** What ended with the account of somebody. */
export function revoked({ name, revoked_keys, revoked_links, revoked_invitations }: ChangedUser): string {
  const ended = [keys(revoked_keys), links(revoked_links), invitations(revoked_invitations)];
  return $localize`${name}:name: is deactivated. Revoked: ${ended.join(', ')}:what:.`;
}

function keys(count: number): string {
  if (count === 0) return $localize`no API keys`;
  return count === 1 ? $localize`one API key` : $localize`${count}:count: API keys`;
}

function links(count: number): string {
  if (count === 0) return $localize`no spectator links`;
  return count === 1 ? $localize`one spectator link` : $localize`${count}:count: spectator links`;
}

function invitations(count: number): string {
  if (count === 0) return $localize`no invitations`;
  return count === 1 ? $localize`one invitation` : $localize`${count}:count: invitations`;
}
