import { Component, computed, input, output } from '@angular/core';

import { Agent, SessionAgent } from '../../models/models';
import { AgentAvatarComponent } from '../shared/agent-avatar.component';
import { AgentPickerComponent } from '../shared/agent-picker.component';

/** Who answers in a session; a menu for those who may choose somebody else. */
@Component({
  selector: 'app-session-agent',
  imports: [AgentAvatarComponent, AgentPickerComponent],
  template: `
    @if (look() === 'mode') {
      <span class="badge wide-only" title="Who answers" i18n-title>{{ mode() }}</span>
    } @else if (look() === 'menu') {
      <app-agent-picker
        look="button agent-button in-header"
        label="Who answers: {{ agent().name }}"
        i18n-label
        [agents]="choices() ?? []"
        [chosenId]="agent().id"
        (picked)="pick($event)"
      >
        <app-agent-avatar [name]="agent().name" [avatar]="agent().avatar" /><span class="clip wide-only">{{
          agent().name
        }}</span>
      </app-agent-picker>
    } @else if (look() === 'name') {
      <span class="badge agent-badge" title="Who answers" i18n-title>
        @if (!guest()) {
          <app-agent-avatar [name]="agent().name" [avatar]="agent().avatar" />
        }
        <span class="sr" i18n>Who answers:</span> <span class="clip wide-only">{{ agent().name }}</span>
      </span>
    }
  `,
  styleUrl: './session-agent.component.css',
})
export class SessionAgentComponent {
  readonly agent = input.required<SessionAgent>();
  /** Those that can answer; null: not known. */
  readonly choices = input.required<readonly Agent[] | null>();
  /** The model behind the one agent that every team has: where there is no other, that is what may be told apart. */
  readonly mode = input.required<string>();
  /** Whether it may only be watched. */
  readonly readOnly = input.required<boolean>();
  /** Whether whoever watches is shown no pictures and no list of agents. */
  readonly guest = input(false);
  readonly picked = output<string>();

  protected readonly look = computed<'' | 'mode' | 'menu' | 'name'>(() => {
    if (this.guest()) return 'name';
    const [choices, { id, state }] = [this.choices(), this.agent()];
    if (choices === null) return '';
    const only = choices.length === 1 ? choices[0] : undefined;
    if (state === 'ready' && only?.built_in && only.id === id) return 'mode';
    return this.readOnly() || choices.every((one) => one.id === id) ? 'name' : 'menu';
  });

  protected pick(id: string): void {
    if (id !== this.agent().id) this.picked.emit(id);
  }
}
