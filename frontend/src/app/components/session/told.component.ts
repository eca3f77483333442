import { Component, computed, input } from '@angular/core';

import { Told } from '../../state/session-state';
import { receipt } from '../../state/told-words';

/** What a person said to the agents while they worked, with what became of it. */
@Component({
  selector: 'app-told',
  template: `
    <p class="words" [textContent]="told().text"></p>
    <p class="about">
      @if (told().author; as author) {
        <span i18n>{{ author }}, to the agents</span>
      } @else {
        <span i18n>A user, to the agents</span>
      }
      <span class="chip" [class]="told().delivery" [title]="told().reason ?? ''">{{ receipt() }}</span>
    </p>
  `,
  styleUrl: './told.component.css',
})
export class ToldComponent {
  readonly told = input.required<Told>();
  protected readonly receipt = computed(() => receipt(this.told()));
}
