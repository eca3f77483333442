import { Component, computed, input } from '@angular/core';

import { secondsLeft } from '../../state/format';
import { Submission } from './submission';

/** What a form was refused for, the button that sends it, and what else is put there. */
@Component({
  selector: 'app-form-foot',
  template: `
    <p class="form-error" role="alert">{{ submission().error() }}</p>
    <button type="submit" class="button primary" [disabled]="submission().busy() || submission().wait() > 0">
      @if (submission().wait() > 0) {
        <ng-container i18n>Try again in {{ countdown() }}</ng-container>
      } @else {
        {{ submission().busy() ? doing() : action() }}
      }
    </button>
    <ng-content />
  `,
  styleUrl: './form-foot.component.css',
})
export class FormFootComponent {
  readonly submission = input.required<Submission>();
  readonly action = input.required<string>();
  /** The same while it is under way. */
  readonly doing = input.required<string>();

  protected readonly countdown = computed(() => secondsLeft(this.submission().wait()));
}
