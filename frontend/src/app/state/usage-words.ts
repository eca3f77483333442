import { QuotaUsage } from '../models/models';
import { bytes, count } from './format';

const NAMES: Readonly<Record<QuotaUsage['quota'], string>> = {
  storage: $localize`Documents`,
  sessions: $localize`Sessions`,
  api_keys: $localize`API keys`,
  events_per_day: $localize`Events told today`,
  tokens_per_day: $localize`Tokens today`,
  tokens_per_month: $localize`Tokens this month`,
};

export function usageName(usage: QuotaUsage): string {
  return NAMES[usage.quota];
}

/** '1,204 of 5,000', or '1,204' where there is no limit. */
export function usageAmount({ quota, used, limit }: QuotaUsage): string {
  const told = quota === 'storage' ? bytes : count;
  return limit === null ? told(used) : $localize`${told(used)}:used: of ${told(limit)}:limit:`;
}

/** Whole percents, as long as a bar can show them. */
export function usagePercent({ used, limit }: QuotaUsage): number {
  return limit ? Math.min(100, Math.floor((used / limit) * 100)) : 0;
}

/** What an administrator should know, in a sentence; '' while there is room. */
export function usageWarning(usage: QuotaUsage): string {
  if (usage.state === 'ok') return '';
  const [name, amount] = [usageName(usage), usageAmount(usage)];
  return usage.state === 'near'
    ? $localize`${name}:name:: ${amount}:amount:. Little is left.`
    : $localize`${name}:name:: ${amount}:amount:. More is refused.`;
}
