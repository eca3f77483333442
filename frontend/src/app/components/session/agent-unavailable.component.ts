import { Component, computed, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Agent, SessionAgent } from '../../models/models';
import { unavailableReason } from '../../state/agent-words';
import { AgentPickerComponent } from '../shared/agent-picker.component';

/** Says that nobody answers in a session, and what one can do. */
@Component({
  selector: 'app-agent-unavailable',
  imports: [AgentPickerComponent, RouterLink],
  template: `
    <div class="outcome warn" role="status">
      {{ words() }}
      @if (choices().length > 0) {
        <app-agent-picker
          label="Choose another agent"
          i18n-label
          look="link"
          [agents]="choices()"
          [chosenId]="null"
          i18n
          (picked)="picked.emit($event)"
          >Choose another agent</app-agent-picker
        >
      } @else if (administrator()) {
        <a class="link" routerLink="/agents" i18n>Enable an agent</a>
      } @else {
        <ng-container i18n>Ask an administrator to enable one.</ng-container>
      }
    </div>
  `,
  styleUrl: './agent-unavailable.component.css',
})
export class AgentUnavailableComponent {
  readonly agent = input.required<SessionAgent>();
  /** Those that can answer. */
  readonly choices = input.required<readonly Agent[]>();
  readonly administrator = input.required<boolean>();
  readonly picked = output<string>();

  protected readonly words = computed(() => unavailableReason(this.agent()));
}
