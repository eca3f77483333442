import { Component, computed, input, output } from '@angular/core';

import { Agent } from '../../models/models';
import { AgentAvatarComponent } from './agent-avatar.component';
import { MenuComponent, MenuItem } from './menu.component';

/** A menu of the agents that can answer. Its content is the button's face. */
@Component({
  selector: 'app-agent-picker',
  imports: [AgentAvatarComponent, MenuComponent],
  template: `
    <app-menu [label]="label()" [look]="look()" [items]="items()" (chosen)="picked.emit($event)">
      <ng-content />
      <ng-template let-item>
        @if (byId().get(item.id); as agent) {
          <span class="agent-item">
            <app-agent-avatar [name]="agent.name" [avatar]="agent.avatar" />
            <span class="clip">{{ agent.name }}</span>
            @if (agent.description) {
              <small class="clip">{{ agent.description }}</small>
            }
          </span>
        }
      </ng-template>
    </app-menu>
  `,
  styleUrl: './agent-picker.component.css',
})
export class AgentPickerComponent {
  /** Of the button, for those who do not see it. */
  readonly label = input.required<string>();
  /** The class of the button. */
  readonly look = input('button agent-button');
  /** Those to choose from. */
  readonly agents = input.required<readonly Agent[]>();
  readonly chosenId = input.required<string | null>();
  readonly picked = output<string>();

  protected readonly byId = computed(() => new Map(this.agents().map((agent) => [agent.id, agent])));
  protected readonly items = computed<MenuItem[]>(() =>
    this.agents().map(({ id, name }) => ({ id, label: name, checked: id === this.chosenId() })),
  );
}
