import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import {
  addApprovalRule,
  changeApprovalRule,
  deleteApprovalRule,
  listApprovalRules,
  tryApprovalRules,
} from '../models/functions';
import { ApprovalRule, ApprovalRuleChange, NewApprovalRule, RuleTrial, RuleTrialAnswer } from '../models/models';

/** The part of the HTTP API about rules for calls of tools. Every method rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class ApprovalRulesApi {
  private readonly api = inject(Api);

  async rules(): Promise<readonly ApprovalRule[]> {
    return (await this.api.invoke(listApprovalRules)).rules;
  }

  add(body: NewApprovalRule): Promise<ApprovalRule> {
    return this.api.invoke(addApprovalRule, { body });
  }

  change(approval_rule_id: string, body: ApprovalRuleChange): Promise<ApprovalRule> {
    return this.api.invoke(changeApprovalRule, { approval_rule_id, body });
  }

  async remove(approval_rule_id: string): Promise<void> {
    await this.api.invoke(deleteApprovalRule, { approval_rule_id });
  }

  try(body: RuleTrial): Promise<RuleTrialAnswer> {
    return this.api.invoke(tryApprovalRules, { body });
  }
}
