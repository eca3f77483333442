import { LoggedEvent } from './events';
import { duration, plain } from './format';
import { activityIdOf } from './session-address';
import { Activity, Millis } from './session-state';
import { Vector } from './vector';

const KINDS: Readonly<Record<Activity['kind'], string>> = {
  step: $localize`:the kind of a step|:step`,
  tool: $localize`:the kind of a step|:tool`,
  model: $localize`:the kind of a step|:model`,
  handoff: $localize`:the kind of a step|:handoff`,
  approval: $localize`:the kind of a step|:approval`,
  other: $localize`:the kind of a step|:other`,
};
const STATUSES: Readonly<Record<Activity['status'], string>> = {
  started: $localize`:a step|:started`,
  'in-progress': $localize`:a step|:in-progress`,
  waiting: $localize`:a step|:waiting`,
  completed: $localize`:a step|:completed`,
  failed: $localize`:a step|:failed`,
  cancelled: $localize`:a step|:cancelled`,
};

/** A step with the names that the API has for its fields; what is not known is left out. */
export function stepJson(activity: Activity, sessionId: string): string {
  const { runId, begin, end, model, inputTokens, outputTokens } = activity;
  const usage = inputTokens + outputTokens > 0 || model !== null;
  const fields = {
    session_id: sessionId,
    run_id: runId || undefined,
    activity_id: activityIdOf(activity),
    parent_id: activity.parentKey?.slice(runId.length + 1),
    agent_name: activity.agent,
    action: activity.action,
    kind: activity.kind,
    status: activity.status,
    details: activity.details ?? undefined,
    error: activity.error ?? undefined,
    started_at: moment(begin),
    ended_at: end === null ? undefined : moment(end),
    duration_ms: end === null ? undefined : end - begin,
    input: activity.input,
    output: activity.output,
    usage: usage ? { model: model ?? undefined, input_tokens: inputTokens, output_tokens: outputTokens } : undefined,
    link: activity.link ?? undefined,
  };
  return JSON.stringify(fields, null, 2);
}

/** A step to paste into an issue or a chat. */
export function stepMarkdown(activity: Activity, link: string): string {
  const { begin, end, error, details } = activity;
  const values = [activity.agent, KINDS[activity.kind], STATUSES[activity.status]];
  if (end !== null) values.push(duration(end - begin));
  const lines = [
    `### ${activity.action}`,
    '',
    $localize`${values.join(', ')}:details:, started ${moment(begin)}:time:. [Open the step](${link}:link:)`,
  ];
  if (error ?? details) lines.push('', `> ${(error ?? details ?? '').replaceAll('\n', '\n> ')}`);
  for (const [name, value] of [
    [$localize`Input`, activity.input],
    [$localize`Output`, activity.output],
  ] as const) {
    const text = plain(value);
    if (text) lines.push('', `**${name}**`, '', ...fenced(text, typeof value === 'string' ? '' : 'json'));
  }
  return lines.join('\n') + '\n';
}

/** The request that reads the events of a step, and of what happened meanwhile; jq leaves only the step's. */
export function stepCurl(activity: Activity, sessionId: string, log: Vector<LoggedEvent>, origin: string): string {
  const id = activityIdOf(activity);
  const [first, last] = seqsOf(activity, id, log);
  const query = `after=${first - 1}&limit=${Math.min(MOST, last - first + 1)}`;
  return [
    `curl -H ${shell('Authorization: Bearer ringside_…')} \\`,
    `  ${shell(`${origin}/api/sessions/${encodeURIComponent(sessionId)}/activity?${query}`)} \\`,
    `  | jq --arg id ${shell(id)} '.events[] | select(.activity_id == $id)'`,
  ].join('\n');
}

/** As many events as the API gives at once. */
const MOST = 5000;

function seqsOf(activity: Activity, id: string, log: Vector<LoggedEvent>): [first: number, last: number] {
  let first = 0;
  let last = 0;
  for (let at = 0; at < log.length; at++) {
    const event = log.at(at);
    if (event?.type !== 'agentActivity' || event.activity_id !== id) continue;
    if ((event.run_id ?? '') !== activity.runId) continue;
    first ||= event.seq;
    last = event.seq;
  }
  return [first, last];
}

function moment(at: Millis): string {
  return new Date(at).toISOString();
}

/** As a shell reads it: nothing in it means anything. */
function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** With a fence that is longer than any in the text. */
function fenced(text: string, language: string): string[] {
  const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map((ticks) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, text, fence];
}
