import { Component, computed, input, linkedSignal } from '@angular/core';

import { agentColour } from '../../state/agent-colour';

/**
 * An agent's picture; without one its initial, in the colour that is always its own. Its name stands beside it, and the
 * initial is no text: what is shown as text is what a button is called by.
 */
@Component({
  selector: 'app-agent-avatar',
  template: `
    @if (shown(); as address) {
      <img [src]="address" alt="" (error)="shown.set(null)" />
    } @else {
      <span class="initial" [class]="look()" [attr.data-initial]="initial()" aria-hidden="true"></span>
    }
  `,
  styleUrl: './agent-avatar.component.css',
})
export class AgentAvatarComponent {
  readonly name = input.required<string>();
  readonly avatar = input.required<string | null>();

  /** The address of the picture, unless there is none at it. */
  protected readonly shown = linkedSignal(() => this.avatar());
  protected readonly look = computed(() => `c-${agentColour(this.name())}`);
  protected readonly initial = computed(() =>
    String.fromCodePoint(this.name().trim().codePointAt(0) ?? 0x20).toUpperCase(),
  );
}
