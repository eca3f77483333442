import { Me, User } from '../app/models/models';

/** Who is signed in, as the API tells of it. */
export function me(name = 'Mara', role: User['role'] = 'member'): Me {
  return {
    user: {
      id: `user-${name}`,
      email: `${name.toLowerCase()}@harbour.example`,
      name,
      role,
      active: true,
      created_at: '2026-03-14T09:00:00Z',
      service: false,
      erased: false,
    },
    team: { id: 'team-1', name: 'Harbour', second_factor_required: false },
    scopes: null,
    has_password: true,
    provider: null,
  };
}

interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Record<string, string>;
}

/** What a request is flushed with to be refused. */
export function refusal(
  status: number,
  code: string,
  message = 'In plain words.',
  headers: Record<string, string> = {},
): [object, Answer] {
  return [{ error: { code, message } }, { status, statusText: 'Refused', headers }];
}
