import { Activity } from './session-state';

/** The server's words for calls that a rule, or a person whom one asks, did not let pass: tests/fixtures/refusals.json. */
const REFUSALS = [
  /^Rule “.+” (refuses|asks about) calls of /s,
  /^Nobody (approved|decided in time about) this call of .+, so it was refused\.$/s,
  /^.+ refused this call of /s,
];

/** Whether a step is a call of a tool that was not made, because it was refused. */
export function isRefused({ kind, status, error }: Activity): boolean {
  return kind === 'tool' && status === 'failed' && error !== null && REFUSALS.some((words) => words.test(error));
}
