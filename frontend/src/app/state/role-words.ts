import { Invited } from '../models/models';

export type Role = Invited['role'];

export const ROLES: readonly { readonly role: Role; readonly label: string; readonly may: string }[] = [
  {
    role: 'administrator',
    label: $localize`Administrator`,
    may: $localize`Administrators do what members do and manage the team.`,
  },
  {
    role: 'member',
    label: $localize`Member`,
    may: $localize`Members create sessions, ask, and watch shared sessions.`,
  },
  { role: 'viewer', label: $localize`Viewer`, may: $localize`Viewers watch shared sessions.` },
];

/** 'Administrator', and what that means. */
export function roleWords(role: Role): { readonly label: string; readonly may: string } {
  return ROLES.find((one) => one.role === role) ?? { label: role, may: '' };
}
