import { Component, computed, inject, input, linkedSignal, output, resource } from '@angular/core';

import { ApprovalRule, NewApprovalRule } from '../../models/models';
import { AgentRegistry } from '../../services/agent-registry';
import { TeamApi } from '../../services/team-api';
import { EXPIRY_UNITS, ExpiryUnit, expiryOf } from '../../state/rule-words';
import { AlertDirective } from '../shared/alert.directive';
import { TextFieldComponent } from '../shared/text-field.component';

const OTHER = 'another';
const NEVER = 'never';

/** What a rule about calls of tools is made of, or changed to. */
@Component({
  selector: 'app-approval-rule-form',
  imports: [AlertDirective, TextFieldComponent],
  template: `
    <form class="form" (submit)="$event.preventDefault(); send()">
      <app-text-field
        name="approval-rule-name"
        label="Name"
        i18n-label
        [required]="true"
        [longest]="200"
        [(value)]="name"
      />
      <app-text-field
        name="approval-rule-tool"
        label="Tools"
        i18n-label
        placeholder="*delete_*"
        i18n-placeholder
        hint="The name of a tool. * stands for anything, ? for one character; the case of letters makes no difference."
        i18n-hint
        [required]="true"
        [longest]="200"
        [(value)]="tool"
      />
      <div class="form-field">
        <label i18n="tools of an agent|" for="approval-rule-agent">Of</label>
        <select #of id="approval-rule-agent" class="field" (change)="agent.set(of.value)">
          <option i18n value="" [selected]="agent() === ''">All agents</option>
          @for (one of registry.agents() ?? []; track one.id) {
            <option [value]="one.id" [selected]="agent() === one.id">{{ one.name }}</option>
          }
          <option i18n [value]="other" [selected]="agent() === other">An agent with another name…</option>
        </select>
      </div>
      @if (agent() === other) {
        <app-text-field
          name="approval-rule-agent-name"
          label="Name of the agent"
          i18n-label
          placeholder="Claude Code"
          i18n-placeholder
          hint="As its steps show it. An agent that goes by another name is not held: leave it to all agents where that matters."
          i18n-hint
          [required]="true"
          [longest]="200"
          [(value)]="agentName"
        />
      }
      <div class="form-field">
        <label i18n for="approval-rule-effect">Their calls</label>
        <select #what id="approval-rule-effect" class="field" (change)="effect.set($any(what.value))">
          <option i18n value="ask" [selected]="effect() === 'ask'">ask a person</option>
          <option i18n value="refuse" [selected]="effect() === 'refuse'">are refused</option>
        </select>
      </div>
      @if (effect() === 'ask') {
        <div class="form-field">
          <label i18n for="approval-rule-decides">Who decides</label>
          <select #who id="approval-rule-decides" class="field" (change)="decides.set($any(who.value))">
            <option i18n value="session" [selected]="decides() === 'session'">Who may ask in the session</option>
            <option i18n value="administrators" [selected]="decides() === 'administrators'">Administrators</option>
            <option i18n value="people" [selected]="decides() === 'people'">These people, and administrators</option>
          </select>
        </div>
        @if (decides() === 'people') {
          <fieldset class="checks">
            <legend i18n>People</legend>
            @for (one of people(); track one.id) {
              <label class="check">
                <input
                  #box
                  type="checkbox"
                  [checked]="deciders().includes(one.id)"
                  (change)="choose(one.id, box.checked)"
                />
                <span>{{ one.name }}</span>
              </label>
            }
          </fieldset>
        }
        <div class="form-field">
          <label i18n for="approval-rule-expiry">Time to decide</label>
          <div class="time">
            @if (unit() !== never) {
              <input
                #number
                id="approval-rule-count"
                class="field"
                type="number"
                aria-label="How many"
                i18n-aria-label
                min="1"
                max="1000"
                required
                [value]="count()"
                (input)="count.set(number.value)"
              />
            }
            <select #long id="approval-rule-expiry" class="field" (change)="unit.set($any(long.value))">
              <option i18n [value]="never" [selected]="unit() === never">No limit</option>
              @for (one of units; track one.unit) {
                <option [value]="one.unit" [selected]="unit() === one.unit">{{ one.label }}</option>
              }
            </select>
          </div>
        </div>
        @if (unit() !== never) {
          <div class="form-field">
            <label i18n for="approval-rule-after">After that, the call is</label>
            <select #after id="approval-rule-after" class="field" (change)="onExpiry.set($any(after.value))">
              <option i18n value="reject" [selected]="onExpiry() === 'reject'">refused</option>
              <option i18n value="approve" [selected]="onExpiry() === 'approve'">allowed</option>
            </select>
          </div>
        }
      }
      <app-text-field
        name="approval-rule-explanation"
        label="Explanation"
        i18n-label
        hint="For whoever is asked, and for the agent that is refused."
        i18n-hint
        [longest]="1000"
        [(value)]="explanation"
      />
      <p [appAlert]="error()"></p>
      <div class="form-row">
        <button type="submit" class="button primary" [disabled]="busy() || incomplete()">
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
    .time {
      display: flex;
      gap: 8px;
    }
    .time input {
      width: 88px;
    }
    .time select {
      flex: 1;
    }
  `,
})
export class ApprovalRuleFormComponent {
  private readonly team = inject(TeamApi);
  protected readonly registry = inject(AgentRegistry);

  /** The one to change; none: a new one. */
  readonly rule = input<ApprovalRule | null>(null);
  readonly busy = input(false);
  readonly error = input('');
  readonly sent = output<NewApprovalRule>();
  readonly cancelled = output();

  protected readonly other = OTHER;
  protected readonly never = NEVER;
  protected readonly units = EXPIRY_UNITS;
  protected readonly name = linkedSignal(() => this.rule()?.name ?? '');
  protected readonly tool = linkedSignal(() => this.rule()?.tool ?? '');
  protected readonly agent = linkedSignal(() => this.rule()?.agent_id ?? (this.rule()?.agent_name ? OTHER : ''));
  protected readonly agentName = linkedSignal(() => this.rule()?.agent_name ?? '');
  protected readonly effect = linkedSignal<ApprovalRule['effect']>(() => this.rule()?.effect ?? 'ask');
  protected readonly decides = linkedSignal<ApprovalRule['decides']>(() => this.rule()?.decides ?? 'session');
  protected readonly deciders = linkedSignal<readonly string[]>(() => this.rule()?.deciders ?? []);
  private readonly expiry = computed(() => expiryOf(this.rule()?.expires_in ?? 3600));
  protected readonly count = linkedSignal(() => String(this.expiry().count));
  protected readonly unit = linkedSignal<ExpiryUnit | typeof NEVER>(() =>
    this.rule()?.expires_in ? this.expiry().unit : NEVER,
  );
  protected readonly onExpiry = linkedSignal<'approve' | 'reject'>(() => this.rule()?.on_expiry ?? 'reject');
  protected readonly explanation = linkedSignal(() => this.rule()?.explanation ?? '');
  protected readonly sendWords = computed(() => {
    if (this.busy()) return $localize`Wait…`;
    return this.rule() ? $localize`Save` : $localize`Add`;
  });
  private readonly users = resource({ loader: () => this.team.users() });
  protected readonly people = computed(() =>
    (this.users.hasValue() ? this.users.value() : []).filter((one) => one.active && one.role !== 'viewer'),
  );
  protected readonly incomplete = computed(
    () => this.effect() === 'ask' && this.decides() === 'people' && this.deciders().length === 0,
  );

  protected choose(id: string, on: boolean): void {
    this.deciders.update((ids) => (on ? [...ids, id] : ids.filter((one) => one !== id)));
  }

  protected send(): void {
    const asks = this.effect() === 'ask';
    const seconds = EXPIRY_UNITS.find(({ unit }) => unit === this.unit())?.seconds;
    const limited = asks && seconds !== undefined;
    this.sent.emit({
      name: this.name(),
      tool: this.tool().trim(),
      agent_id: this.agent() === OTHER ? null : this.agent() || null,
      agent_name: this.agent() === OTHER ? this.agentName() : null,
      effect: this.effect(),
      explanation: this.explanation().trim() || null,
      decides: asks ? this.decides() : 'session',
      deciders: asks && this.decides() === 'people' ? [...this.deciders()] : [],
      expires_in: limited ? Math.round(Number(this.count()) * seconds) : null,
      on_expiry: limited ? this.onExpiry() : null,
    });
  }
}
