import { QuotaUsage } from '../models/models';
import { bytes, count } from './format';

const NAMES: Readonly<Record<QuotaUsage['quota'], string>> = {
  storage: 'Documents',
  sessions: 'Sessions',
  api_keys: 'API keys',
  events_per_day: 'Events told today',
  tokens_per_day: 'Tokens today',
  tokens_per_month: 'Tokens this month',
};

export function usageName(usage: QuotaUsage): string {
  return NAMES[usage.quota];
}

/** '1,204 of 5,000', or '1,204' where there is no limit. */
export function usageAmount({ quota, used, limit }: QuotaUsage): string {
  const told = quota === 'storage' ? bytes : count;
  return limit === null ? told(used) : `${told(used)} of ${told(limit)}`;
}

/** Whole percents, as long as a bar can show them. */
export function usagePercent({ used, limit }: QuotaUsage): number {
  return limit ? Math.min(100, Math.floor((used / limit) * 100)) : 0;
}

/** What an administrator should know, in a sentence; '' while there is room. */
export function usageWarning(usage: QuotaUsage): string {
  if (usage.state === 'ok') return '';
  const told = `${usageName(usage)}: ${usageAmount(usage)}.`;
  return usage.state === 'near' ? `${told} Little is left.` : `${told} More is refused.`;
}
