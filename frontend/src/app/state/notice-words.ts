import { NoticeDelivery, NoticeRule } from '../models/models';

export type NoticeKind = NoticeRule['kinds'][number];

/** What people and teams can be told of, the most urgent first. */
export const NOTICE_KINDS: readonly { kind: NoticeKind; label: string; hint: string }[] = [
  {
    kind: 'approval_waits',
    label: $localize`An agent waits for a decision`,
    hint: $localize`First whom it asks, later who else may decide.`,
  },
  { kind: 'run_failed', label: $localize`A run has failed`, hint: '' },
  { kind: 'stuck', label: $localize`A run may be stuck`, hint: '' },
  { kind: 'over_budget', label: $localize`A run is over its budget`, hint: '' },
  { kind: 'run_ended', label: $localize`A run has ended`, hint: $localize`Completed, or stopped.` },
];

/** Of which of them one is told. */
export const WHOSE = [
  { whose: 'nobody', label: $localize`:whose runs one is told of|:Never` },
  { whose: 'mine', label: $localize`:whose runs one is told of|:Mine` },
  { whose: 'team', label: $localize`The team’s` },
] as const;

const CHANNELS: Record<NoticeDelivery['channel'], string> = {
  push: $localize`Browser`,
  mail: $localize`Mail`,
  webhook: $localize`Web hook`,
  chat: $localize`Chat`,
};

export function kindWords(kind: NoticeDelivery['kind']): string {
  return kind === 'test' ? $localize`A test` : (NOTICE_KINDS.find((one) => one.kind === kind)?.label ?? kind);
}

export function channelWords(channel: NoticeDelivery['channel']): string {
  return CHANNELS[channel];
}

/** What became of it, in a few words. */
export function statusWords(delivery: NoticeDelivery): string {
  const answered = delivery.answer_status === null ? '' : ` (${delivery.answer_status})`;
  switch (delivery.status) {
    case 'sent':
      return $localize`:a notice|:Arrived` + answered;
    case 'failed':
      return $localize`:a notice|:Not delivered` + answered;
    case 'needless':
      return $localize`Not needed any more`;
    case 'waiting':
      return delivery.attempts > 0 ? tried(delivery.attempts) + answered : $localize`:a notice|:Waits`;
  }
}

/** How a rule does. */
export function ruleWords(rule: NoticeRule): string {
  if (!rule.enabled) return $localize`:a rule|:Off`;
  if (rule.failing_since !== null) return $localize`Does not arrive`;
  return rule.waiting > 0 ? $localize`${rule.waiting}:count: to be sent` : $localize`:a rule|:On`;
}

/** What is told of, in few words: of all kinds, that it is all. */
export function kindsWords(kinds: readonly NoticeKind[]): string {
  if (kinds.length === NOTICE_KINDS.length) return $localize`Everything`;
  return NOTICE_KINDS.filter(({ kind }) => kinds.includes(kind))
    .map(({ label }) => label)
    .join(', ');
}

/** 'hh:mm' of a minute of the day. */
export function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** The minute of the day of 'hh:mm'; null for what is none. */
export function minuteOf(clock: string): number | null {
  const [, hours, minutes] = /^(\d\d):(\d\d)/.exec(clock) ?? [];
  return hours === undefined || minutes === undefined ? null : Number(hours) * 60 + Number(minutes);
}

/** 'Firefox on Linux' of what a browser calls itself. */
export function browserWords(agent: string): string {
  const browsers = { 'Edg/': 'Edge', 'OPR/': 'Opera', 'Firefox/': 'Firefox', 'Chrome/': 'Chrome', 'Safari/': 'Safari' };
  const systems = {
    Android: 'Android',
    iPhone: 'iPhone',
    iPad: 'iPad',
    Windows: 'Windows',
    Mac: 'macOS',
    Linux: 'Linux',
  };
  const browser = Object.entries(browsers).find(([sign]) => agent.includes(sign))?.[1];
  const system = Object.entries(systems).find(([sign]) => agent.includes(sign))?.[1];
  if (browser === undefined) return system ? $localize`A browser on ${system}:system:` : $localize`A browser`;
  return system ? $localize`${browser}:browser: on ${system}:system:` : browser;
}

function tried(times: number): string {
  return times === 1 ? $localize`:a notice|:Tried once` : $localize`:a notice|:Tried ${times}:count: times`;
}
