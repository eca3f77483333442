import { Component, computed, inject, resource, signal } from '@angular/core';

import { ApprovalRule, NewApprovalRule } from '../../models/models';
import { AgentRegistry } from '../../services/agent-registry';
import { ApprovalRulesApi } from '../../services/approval-rules-api';
import { Clock } from '../../services/clock.service';
import { moment } from '../../state/format';
import { effectWords, ruleAgent } from '../../state/rule-words';
import { AlertDirective } from '../shared/alert.directive';
import { ConfirmComponent } from '../shared/confirm.component';
import { loadErrorOf } from '../shared/load-error';
import { MenuComponent, MenuItem } from '../shared/menu.component';
import { Submission } from '../shared/submission';
import { ApprovalRuleFormComponent } from './approval-rule-form.component';
import { HeldAgentsComponent } from './held-agents.component';
import { RuleTrialComponent } from './rule-trial.component';

/** Which calls of tools ask a person, and which are refused, in the order in which they count. */
@Component({
  selector: 'app-approval-rules',
  imports: [
    AlertDirective,
    ApprovalRuleFormComponent,
    ConfirmComponent,
    HeldAgentsComponent,
    MenuComponent,
    RuleTrialComponent,
  ],
  template: `
    <section aria-labelledby="approval-rules">
      <div class="section-head">
        <h2 i18n id="approval-rules">Rules about tools</h2>
        @if (edited() === undefined) {
          <button i18n type="button" class="button" (click)="edited.set(null)">Add a rule</button>
        }
      </div>
      <p i18n class="field-hint">
        Calls of these tools ask a person, or are refused. Of the rules that fit a call, the first counts; where none
        fits, the call goes ahead.
      </p>
      @if (edited() === null) {
        <app-approval-rule-form
          [busy]="submission.busy()"
          [error]="submission.error()"
          (sent)="add($event)"
          (cancelled)="close()"
        />
      } @else {
        <p [appAlert]="(edited() ? '' : submission.error()) || loadError()?.words || ''"></p>
      }
      @if (rules.hasValue()) {
        @if (rules.value().length > 0) {
          <ol class="plain" aria-label="Rules, the first that fits counts" i18n-aria-label>
            @for (rule of rules.value(); track rule.id; let place = $index, count = $count) {
              <li>
                <div class="rule" [class.off]="!rule.enabled">
                  <span class="place">{{ place + 1 }}</span>
                  <div class="what">
                    <b class="clip">{{ rule.name }}</b>
                    <small class="clip" [title]="rule.tool">
                      <code>{{ rule.tool }}</code>{{ of(rule) }}
                    </small>
                    <small class="clip" [title]="effect(rule)">{{ effect(rule) }}</small>
                  </div>
                  <small class="by clip">{{ rule.enabled ? by(rule) : offWords }}</small>
                  <app-menu
                    label="More of {{ rule.name }}"
                    i18n-label
                    [items]="items(rule, place, count)"
                    (chosen)="choose(rule, place, $event)"
                  />
                </div>
                @if (edited()?.id === rule.id) {
                  <app-approval-rule-form
                    [rule]="rule"
                    [busy]="submission.busy()"
                    [error]="submission.error()"
                    (sent)="change(rule, $event)"
                    (cancelled)="close()"
                  />
                }
              </li>
            }
          </ol>
        } @else if (edited() === undefined) {
          <p i18n class="nothing">No rules: agents call their tools without asking.</p>
        }
        <app-rule-trial [names]="names()" />
      } @else if (!loadError()) {
        <p i18n class="nothing" role="status">Loading…</p>
      }
      <app-held-agents />
    </section>
    @if (deleting(); as rule) {
      <app-confirm
        heading="Delete “{{ rule.name }}”?"
        i18n-heading
        text="What it has asked already is asked on."
        i18n-text
        action="Delete"
        i18n-action
        (closed)="remove(rule, $event)"
      />
    }
  `,
  styles: `
    li {
      padding: 10px 0;
      border-top: 1px solid var(--line);
    }
    ol {
      margin-bottom: 14px;
      border-bottom: 1px solid var(--line);
    }
    .rule {
      display: flex;
      align-items: center;
      gap: 14px;
    }
    .place {
      width: 1.5em;
      color: var(--mut);
      font-variant-numeric: tabular-nums;
      text-align: right;
    }
    .what {
      display: grid;
      flex: 1;
      min-width: 0;
    }
    b {
      font-weight: 550;
      color: var(--ink);
    }
    .off b {
      color: var(--mut);
    }
    small {
      color: var(--mut);
      font-size: 12px;
    }
    .by {
      max-width: 40%;
    }
    @media (max-width: 960px) {
      .rule {
        gap: 10px;
      }
    }
    @media (max-width: 560px) {
      .by {
        display: none;
      }
      .off .by {
        display: block;
      }
    }
  `,
})
export class ApprovalRulesComponent {
  private readonly api = inject(ApprovalRulesApi);
  private readonly clock = inject(Clock);
  private readonly registry = inject(AgentRegistry);

  protected readonly submission = new Submission();
  protected readonly rules = resource({ loader: () => this.api.rules() });
  protected readonly loadError = loadErrorOf(this.rules);
  /** The rule that is being changed; null: a new one; undefined: none. */
  protected readonly edited = signal<ApprovalRule | null | undefined>(undefined);
  protected readonly deleting = signal<ApprovalRule | null>(null);
  protected readonly effect = effectWords;
  protected readonly offWords = $localize`:a rule|:off`;
  protected readonly names = computed(() => {
    const rules = this.rules.hasValue() ? this.rules.value() : [];
    return [...new Set(rules.flatMap(({ agent_name }) => agent_name ?? []))];
  });

  constructor() {
    void this.registry.load();
  }

  protected of(rule: ApprovalRule): string {
    const agent = ruleAgent(rule, (id) => this.registry.find(id));
    return agent && ` · ${agent}`;
  }

  protected by({ created_by, created_at }: ApprovalRule): string {
    const at = moment(Date.parse(created_at), this.clock.now());
    return created_by === null ? at : `${created_by}, ${at}`;
  }

  protected items(rule: ApprovalRule, place: number, count: number): MenuItem[] {
    return [
      { id: 'change', label: $localize`Change…` },
      ...(place > 0 ? [{ id: 'up', label: $localize`Move up` }] : []),
      ...(place < count - 1 ? [{ id: 'down', label: $localize`Move down` }] : []),
      { id: 'switch', label: rule.enabled ? $localize`Switch off` : $localize`Switch on` },
      { id: 'delete', label: $localize`Delete…`, danger: true, apart: true },
    ];
  }

  protected async choose(rule: ApprovalRule, place: number, item: string): Promise<void> {
    if (item === 'delete') this.deleting.set(rule);
    else if (item === 'change') this.edited.set(rule);
    else
      await this.submission.send(async () => {
        const moved = { position: item === 'up' ? place - 1 : place + 1 };
        await this.api.change(rule.id, item === 'switch' ? { enabled: !rule.enabled } : moved);
        this.rules.reload();
      });
  }

  protected async add(wish: NewApprovalRule): Promise<void> {
    await this.submission.send(async () => {
      await this.api.add(wish);
      this.close();
      this.rules.reload();
    });
  }

  protected async change(rule: ApprovalRule, wish: NewApprovalRule): Promise<void> {
    await this.submission.send(async () => {
      await this.api.change(rule.id, wish);
      this.close();
      this.rules.reload();
    });
  }

  protected async remove(rule: ApprovalRule, sure: boolean): Promise<void> {
    this.deleting.set(null);
    if (!sure) return;
    await this.submission.send(() => this.api.remove(rule.id));
    this.rules.reload();
  }

  protected close(): void {
    this.edited.set(undefined);
    this.submission.clear();
  }
}
