import { Component, computed, inject, input, linkedSignal, output, signal } from '@angular/core';

import { NewNoticeRule, NoticeRule } from '../../models/models';
import { AgentRegistry } from '../../services/agent-registry';
import { NOTICE_KINDS, NoticeKind } from '../../state/notice-words';
import { AlertDirective } from '../shared/alert.directive';
import { TextFieldComponent } from '../shared/text-field.component';

const PLACES = {
  webhook: {
    label: $localize`Address`,
    placeholder: 'https://example.org/hook',
    hint: $localize`Each notice is a signed POST, as Standard Webhooks describes it.`,
  },
  chat: {
    label: $localize`Address of the chat`,
    placeholder: 'slack://…, workflows://…, discord://…',
    hint: $localize`As Apprise writes it, for Slack, Teams and a hundred others.`,
  },
};

/** What a rule is made of, or changed to. */
@Component({
  selector: 'app-notice-rule-form',
  imports: [AlertDirective, TextFieldComponent],
  template: `
    <form class="form" (submit)="$event.preventDefault(); send()">
      <app-text-field name="rule-name" label="Name" i18n-label [required]="true" [longest]="200" [(value)]="name" />
      @if (!rule()) {
        <div class="form-field">
          <label i18n for="rule-channel">Where to</label>
          <select #where id="rule-channel" class="field" (change)="channel.set($any(where.value))">
            <option i18n value="webhook" [selected]="channel() === 'webhook'">A web hook</option>
            <option i18n value="chat" [selected]="channel() === 'chat'">A chat: Slack, Teams and others</option>
          </select>
        </div>
      }
      <app-text-field
        name="rule-url"
        [label]="place().label"
        [placeholder]="place().placeholder"
        [hint]="hint()"
        [required]="!rule()"
        [longest]="2000"
        [(value)]="url"
      />
      <fieldset class="checks">
        <legend i18n="what a notice is sent for|">When</legend>
        @for (one of all; track one.kind) {
          <label class="check">
            <input
              #box
              type="checkbox"
              [checked]="kinds().includes(one.kind)"
              (change)="choose(one.kind, box.checked)"
            />
            <span>{{ one.label }}</span>
          </label>
        }
      </fieldset>
      <div class="form-field">
        <label i18n="notices of an agent|" for="rule-agent">Of</label>
        <select #agent id="rule-agent" class="field" (change)="agentId.set(agent.value)">
          <option i18n value="" [selected]="agentId() === ''">All agents</option>
          @for (one of registry.agents() ?? []; track one.id) {
            <option [value]="one.id" [selected]="agentId() === one.id">{{ one.name }}</option>
          }
        </select>
      </div>
      <p [appAlert]="error()"></p>
      <div class="form-row">
        <button type="submit" class="button primary" [disabled]="busy() || kinds().length === 0">
          {{ sendWords() }}
        </button>
        <button i18n type="button" class="button" (click)="cancelled.emit()">Cancel</button>
      </div>
    </form>
  `,
  styles: `
    .form {
      max-width: 520px;
      padding: 4px 0 10px;
    }
  `,
})
export class NoticeRuleFormComponent {
  protected readonly registry = inject(AgentRegistry);

  /** The one to change; none: a new one. */
  readonly rule = input<NoticeRule | null>(null);
  readonly busy = input(false);
  readonly error = input('');
  readonly sent = output<NewNoticeRule>();
  readonly cancelled = output();

  protected readonly all = NOTICE_KINDS;
  protected readonly name = linkedSignal(() => this.rule()?.name ?? '');
  protected readonly channel = linkedSignal<NoticeRule['channel']>(() => this.rule()?.channel ?? 'webhook');
  protected readonly url = signal('');
  protected readonly kinds = linkedSignal<readonly NoticeKind[]>(() => this.rule()?.kinds ?? ['run_failed', 'stuck']);
  protected readonly agentId = linkedSignal(() => this.rule()?.agent_id ?? '');
  protected readonly place = computed(() => PLACES[this.channel()]);
  protected readonly hint = computed(() => {
    const rule = this.rule();
    return rule ? $localize`Empty: as it is, ${rule.place}:place:` : this.place().hint;
  });
  protected readonly sendWords = computed(() => {
    if (this.busy()) return $localize`Wait…`;
    return this.rule() ? $localize`Save` : $localize`Add`;
  });

  constructor() {
    void this.registry.load();
  }

  protected choose(kind: NoticeKind, on: boolean): void {
    this.kinds.update((kinds) => (on ? [...kinds, kind] : kinds.filter((one) => one !== kind)));
  }

  protected send(): void {
    this.sent.emit({
      name: this.name(),
      channel: this.channel(),
      url: this.url().trim(),
      kinds: [...this.kinds()],
      agent_id: this.agentId(),
    });
  }
}
