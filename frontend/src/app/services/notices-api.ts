import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import {
  addBrowser,
  addRule,
  changeNotices,
  changeRule,
  deleteRule,
  listDeliveries,
  listRules,
  readNotices,
  removeBrowser,
  renewSecret,
  sendNoticeAgain,
  testNoticeRule,
  testNotices,
} from '../models/functions';
import {
  NewNoticeRule,
  NewNoticeRuleAnswer,
  NoticeBrowser,
  NoticeDelivery,
  NoticeDeliveryPage,
  NoticePreferencesBody,
  NoticeRule,
  NoticeRuleChange,
  NoticeSettings,
} from '../models/models';

/** The part of the HTTP API about notices. Every method rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class NoticesApi {
  private readonly api = inject(Api);

  read(): Promise<NoticeSettings> {
    return this.api.invoke(readNotices);
  }

  choose(body: NoticePreferencesBody): Promise<NoticePreferencesBody> {
    return this.api.invoke(changeNotices, { body });
  }

  addBrowser(subscription: PushSubscriptionJSON): Promise<NoticeBrowser> {
    const { endpoint = '', keys = {} } = subscription;
    const body = { endpoint, keys: { p256dh: keys['p256dh'] ?? '', auth: keys['auth'] ?? '' } };
    return this.api.invoke(addBrowser, { body });
  }

  async removeBrowser(browser_id: string): Promise<void> {
    await this.api.invoke(removeBrowser, { browser_id });
  }

  async test(): Promise<void> {
    await this.api.invoke(testNotices);
  }

  async rules(): Promise<readonly NoticeRule[]> {
    return (await this.api.invoke(listRules)).rules;
  }

  addRule(body: NewNoticeRule): Promise<NewNoticeRuleAnswer> {
    return this.api.invoke(addRule, { body });
  }

  changeRule(rule_id: string, body: NoticeRuleChange): Promise<NoticeRule> {
    return this.api.invoke(changeRule, { rule_id, body });
  }

  async deleteRule(rule_id: string): Promise<void> {
    await this.api.invoke(deleteRule, { rule_id });
  }

  async newSecret(rule_id: string): Promise<string> {
    return (await this.api.invoke(renewSecret, { rule_id })).secret;
  }

  async testRule(rule_id: string): Promise<void> {
    await this.api.invoke(testNoticeRule, { rule_id });
  }

  deliveries(rule_id: string, cursor?: string): Promise<NoticeDeliveryPage> {
    return this.api.invoke(listDeliveries, { rule_id, limit: 20, ...(cursor ? { cursor } : {}) });
  }

  sendAgain(rule_id: string, notice_id: string): Promise<NoticeDelivery> {
    return this.api.invoke(sendNoticeAgain, { rule_id, notice_id });
  }
}
