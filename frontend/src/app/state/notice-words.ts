import { NoticeDelivery, NoticeRule } from '../models/models';

export type NoticeKind = NoticeRule['kinds'][number];

/** What people and teams can be told of, the most urgent first. */
export const NOTICE_KINDS: readonly { kind: NoticeKind; label: string; hint: string }[] = [
  {
    kind: 'approval_waits',
    label: 'An agent waits for a decision',
    hint: 'First whom it asks, later who else may decide.',
  },
  { kind: 'run_failed', label: 'A run has failed', hint: '' },
  { kind: 'stuck', label: 'A run may be stuck', hint: '' },
  { kind: 'over_budget', label: 'A run is over its budget', hint: '' },
  { kind: 'run_ended', label: 'A run has ended', hint: 'Completed, or stopped.' },
];

/** Of which of them one is told. */
export const WHOSE = [
  { whose: 'nobody', label: 'Never' },
  { whose: 'mine', label: 'Mine' },
  { whose: 'team', label: 'The team’s' },
] as const;

const CHANNELS: Record<NoticeDelivery['channel'], string> = {
  push: 'Browser',
  mail: 'Mail',
  webhook: 'Web hook',
  chat: 'Chat',
};

export function kindWords(kind: NoticeDelivery['kind']): string {
  return kind === 'test' ? 'A test' : (NOTICE_KINDS.find((one) => one.kind === kind)?.label ?? kind);
}

export function channelWords(channel: NoticeDelivery['channel']): string {
  return CHANNELS[channel];
}

/** What became of it, in a few words. */
export function statusWords(delivery: NoticeDelivery): string {
  const answered = delivery.answer_status === null ? '' : ` (${delivery.answer_status})`;
  switch (delivery.status) {
    case 'sent':
      return `Arrived${answered}`;
    case 'failed':
      return `Not delivered${answered}`;
    case 'needless':
      return 'Not needed any more';
    case 'waiting':
      return delivery.attempts > 0 ? `Tried ${times(delivery.attempts)}${answered}` : 'Waits';
  }
}

/** How a rule does. */
export function ruleWords(rule: NoticeRule): string {
  if (!rule.enabled) return 'Off';
  if (rule.failing_since !== null) return 'Does not arrive';
  return rule.waiting > 0 ? `${rule.waiting} to be sent` : 'On';
}

/** What is told of, in few words: of all kinds, that it is all. */
export function kindsWords(kinds: readonly NoticeKind[]): string {
  if (kinds.length === NOTICE_KINDS.length) return 'Everything';
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
  const browser = Object.entries(browsers).find(([sign]) => agent.includes(sign))?.[1] ?? 'A browser';
  const system = Object.entries(systems).find(([sign]) => agent.includes(sign))?.[1];
  return system ? `${browser} on ${system}` : browser;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
