import { Component, inject, resource, signal } from '@angular/core';

import { NewNoticeRule, NoticeRule } from '../../models/models';
import { AgentRegistry } from '../../services/agent-registry';
import { Clock } from '../../services/clock.service';
import { NoticesApi } from '../../services/notices-api';
import { count, moment } from '../../state/format';
import { kindsWords, ruleWords } from '../../state/notice-words';
import { AlertDirective } from '../shared/alert.directive';
import { ConfirmComponent } from '../shared/confirm.component';
import { loadErrorOf } from '../shared/load-error';
import { MenuComponent, MenuItem } from '../shared/menu.component';
import { SecretComponent } from '../shared/secret.component';
import { Submission } from '../shared/submission';
import { NoticeDeliveriesComponent } from './notice-deliveries.component';
import { NoticeRuleFormComponent } from './notice-rule-form.component';

/** Where the team is told of things: web hooks and chats, and what arrived there. */
@Component({
  selector: 'app-notice-rules',
  imports: [
    AlertDirective,
    ConfirmComponent,
    MenuComponent,
    NoticeDeliveriesComponent,
    NoticeRuleFormComponent,
    SecretComponent,
  ],
  template: `
    <section aria-labelledby="rules">
      <div class="section-head">
        <h2 i18n id="rules">Web hooks and chats</h2>
        @if (edited() === undefined) {
          <button i18n type="button" class="button" (click)="edited.set(null)">Add a place</button>
        }
      </div>
      <p i18n class="field-hint">
        Of private sessions, only that something happened is told, without a word of them. What you yourself are told of
        is set in your account menu under Notices.
      </p>
      @if (edited() === null) {
        <app-notice-rule-form
          [busy]="submission.busy()"
          [error]="submission.error()"
          (sent)="add($event)"
          (cancelled)="close()"
        />
      } @else {
        <p [appAlert]="(edited() ? '' : submission.error()) || loadError()?.words || ''"></p>
      }
      @if (secret(); as made) {
        <app-secret
          label="What requests of “{{ made.name }}” are signed with"
          i18n-label
          [value]="made.secret"
          hint="Give it to the receiver. It is shown only this time."
          i18n-hint
        />
      }
      @if (rules.hasValue()) {
        @if (rules.value().length > 0) {
          <ul class="plain" aria-label="Places" i18n-aria-label>
            @for (rule of rules.value(); track rule.id) {
              <li>
                <div class="rule">
                  <div class="what">
                    <b class="clip">{{ rule.name }}</b>
                    <small class="clip" [title]="kinds(rule)">{{ kinds(rule) }}{{ of(rule) }}</small>
                    <small class="clip">{{ rule.place }}</small>
                  </div>
                  <span class="state" [class.bad]="rule.failing_since || rule.disabled_reason">{{ words(rule) }}</span>
                  <button
                    i18n
                    type="button"
                    class="link"
                    [attr.aria-expanded]="opened() === rule.id"
                    [attr.aria-label]="deliveriesWords(rule)"
                    (click)="opened.set(opened() === rule.id ? '' : rule.id)"
                  >
                    Deliveries
                  </button>
                  <app-menu
                    label="More of {{ rule.name }}"
                    i18n-label
                    [items]="items(rule)"
                    (chosen)="choose(rule, $event)"
                  />
                </div>
                @if (rule.disabled_reason || rule.left_out > 0 || rule.failing_since) {
                  <p class="field-hint warn">{{ trouble(rule) }}</p>
                }
                @if (edited()?.id === rule.id) {
                  <app-notice-rule-form
                    [rule]="rule"
                    [busy]="submission.busy()"
                    [error]="submission.error()"
                    (sent)="change(rule, $event)"
                    (cancelled)="close()"
                  />
                }
                @if (opened() === rule.id) {
                  <app-notice-deliveries [ruleId]="rule.id" [sent]="sent()" />
                }
              </li>
            }
          </ul>
        } @else if (edited() === undefined) {
          <p i18n class="nothing">The team is told of nothing yet.</p>
        }
      } @else if (!loadError()) {
        <p i18n class="nothing" role="status">Loading…</p>
      }
    </section>
    @if (deleting(); as rule) {
      <app-confirm
        heading="Delete “{{ rule.name }}”?"
        i18n-heading
        text="Nothing is sent there any more, nor what still waits."
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
    .rule {
      display: flex;
      align-items: center;
      gap: 14px;
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
    small {
      color: var(--mut);
      font-size: 12px;
    }
    .state {
      color: var(--mut);
      font-size: 12px;
      white-space: nowrap;
    }
    .state.bad {
      color: var(--bad);
    }
    @media (max-width: 960px) {
      .rule {
        gap: 10px;
      }
    }
  `,
})
export class NoticeRulesComponent {
  private readonly api = inject(NoticesApi);
  private readonly clock = inject(Clock);
  private readonly registry = inject(AgentRegistry);

  protected readonly submission = new Submission();
  protected readonly rules = resource({ loader: () => this.api.rules() });
  protected readonly loadError = loadErrorOf(this.rules);
  /** The rule that is being changed; null: a new one; undefined: none. */
  protected readonly edited = signal<NoticeRule | null | undefined>(undefined);
  protected readonly deleting = signal<NoticeRule | null>(null);
  protected readonly secret = signal<{ name: string; secret: string } | null>(null);
  /** The id of the rule whose deliveries are shown. */
  protected readonly opened = signal('');
  protected readonly sent = signal(0);
  protected readonly words = ruleWords;

  protected kinds(rule: NoticeRule): string {
    return kindsWords(rule.kinds);
  }

  protected deliveriesWords(rule: NoticeRule): string {
    return $localize`Deliveries of ${rule.name}:name:`;
  }

  protected of(rule: NoticeRule): string {
    return rule.agent_id === null
      ? ''
      : ` · ${this.registry.find(rule.agent_id)?.name ?? $localize`an agent that is gone`}`;
  }

  protected trouble(rule: NoticeRule): string {
    const more = rule.left_out > 0 ? $localize`${count(rule.left_out)}:count: notices were too many to keep.` : '';
    if (rule.disabled_reason) return `${rule.disabled_reason} ${more}`.trim();
    if (!rule.failing_since) return more;
    const since = moment(Date.parse(rule.failing_since), this.clock.now());
    const failing = $localize`Nothing has arrived since ${since}:time:. It is tried again, for three days.`;
    return `${failing} ${more}`.trim();
  }

  protected items(rule: NoticeRule): MenuItem[] {
    return [
      { id: 'test', label: $localize`Send a test` },
      { id: 'change', label: $localize`Change…` },
      ...(rule.channel === 'webhook' ? [{ id: 'secret', label: $localize`New signing secret` }] : []),
      { id: 'switch', label: rule.enabled ? $localize`Switch off` : $localize`Switch on` },
      { id: 'delete', label: $localize`Delete…`, danger: true, apart: true },
    ];
  }

  protected async choose(rule: NoticeRule, item: string): Promise<void> {
    if (item === 'delete') this.deleting.set(rule);
    else if (item === 'change') this.edited.set(rule);
    else
      await this.submission.send(async () => {
        if (item === 'test') await this.test(rule);
        else if (item === 'secret') this.secret.set({ name: rule.name, secret: await this.api.newSecret(rule.id) });
        else await this.api.changeRule(rule.id, { enabled: !rule.enabled });
        this.rules.reload();
      });
  }

  protected async add(wish: NewNoticeRule): Promise<void> {
    await this.submission.send(async () => {
      const { rule, secret } = await this.api.addRule({
        ...wish,
        agent_id: wish.agent_id === '' ? null : wish.agent_id,
      });
      this.secret.set(secret === null ? null : { name: rule.name, secret });
      this.close();
      this.rules.reload();
    });
  }

  protected async change(rule: NoticeRule, wish: NewNoticeRule): Promise<void> {
    const { name, url, kinds, agent_id } = wish;
    await this.submission.send(async () => {
      await this.api.changeRule(rule.id, { name, kinds, agent_id: agent_id ?? '', ...(url ? { url } : {}) });
      this.close();
      this.rules.reload();
    });
  }

  protected async remove(rule: NoticeRule, sure: boolean): Promise<void> {
    this.deleting.set(null);
    if (!sure) return;
    await this.submission.send(() => this.api.deleteRule(rule.id));
    this.rules.reload();
  }

  protected close(): void {
    this.edited.set(undefined);
    this.submission.clear();
  }

  private async test(rule: NoticeRule): Promise<void> {
    await this.api.testRule(rule.id);
    this.opened.set(rule.id);
    this.sent.update((sent) => sent + 1);
  }
}
