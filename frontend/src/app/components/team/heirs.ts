import { User } from '../../models/models';

/** Who may own sessions. */
export function ownersOf(team: readonly User[]): readonly User[] {
  return team.filter((one) => one.active && !one.service && one.role !== 'viewer');
}
