import { Component, ElementRef, afterNextRender, inject, input, linkedSignal, output } from '@angular/core';
import { RouterLink } from '@angular/router';

import { BackendKind } from '../../models/models';
import { KindPictureComponent } from './kind-picture.component';

/**
 * Which kind an agent is to be of. A click decides; the arrow keys move among the kinds, and Enter or the button
 * decides, so that nobody is taken to the form of a kind that they only pass.
 */
@Component({
  selector: 'app-kind-choice',
  imports: [KindPictureComponent, RouterLink],
  template: `
    <form class="form" (submit)="$event.preventDefault(); decided.emit(picked())">
      <fieldset class="checks kinds">
        <legend i18n>What answers the questions?</legend>
        @for (one of kinds(); track one.name) {
          <label class="kind">
            <input
              type="radio"
              name="kind"
              required
              [value]="one.name"
              [checked]="one.name === picked()"
              [attr.aria-labelledby]="'kind-' + one.name"
              [attr.aria-describedby]="'kind-' + one.name + '-help'"
              (change)="picked.set(one.name)"
              (click)="$event.detail && decided.emit(one.name)"
            />
            <app-kind-picture [kind]="one.name" />
            <span>
              <b [id]="'kind-' + one.name">{{ one.label }}</b>
              <span [id]="'kind-' + one.name + '-help'">{{ one.help }}</span>
            </span>
          </label>
        }
      </fieldset>
      <div class="foot">
        <button i18n type="submit" class="button primary">Continue</button>
        <a i18n class="button" routerLink="/agents">Cancel</a>
      </div>
    </form>
  `,
  styleUrl: './kind-choice.component.css',
})
export class KindChoiceComponent {
  readonly kinds = input.required<readonly BackendKind[]>();
  /** The kind that was decided on before; '': none. */
  readonly chosen = input.required<string>();
  readonly decided = output<string>();

  protected readonly picked = linkedSignal(() => this.chosen());

  constructor() {
    const { nativeElement } = inject<ElementRef<HTMLElement>>(ElementRef);
    // Whoever comes back for another kind goes on from the one there was.
    afterNextRender(() => nativeElement.querySelector<HTMLElement>(':checked')?.focus());
  }
}
