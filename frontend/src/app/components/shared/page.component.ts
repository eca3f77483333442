import { Component, inject, input } from '@angular/core';

import { Layout } from '../../services/layout.service';
import { IconComponent } from './icon.component';

/** A page of settings beside the list of sessions. */
@Component({
  selector: 'app-page',
  imports: [IconComponent],
  template: `
    <main class="page" [class.narrow]="narrow()">
      <header class="page-head">
        <button
          type="button"
          class="icon-button phone-only"
          aria-label="Sessions"
          i18n-aria-label
          (click)="layout.sessionsOpen.set(true)"
        >
          <app-icon name="menu" />
        </button>
        <h1 tabindex="-1">{{ heading() }}</h1>
        <span class="spring"></span>
        <ng-content select="[page-action]" />
      </header>
      @if (lead()) {
        <p class="lead">{{ lead() }}</p>
      }
      <ng-content />
    </main>
  `,
  styleUrl: './page.component.css',
})
export class PageComponent {
  readonly heading = input.required<string>();
  readonly lead = input('');
  readonly narrow = input(false);
  protected readonly layout = inject(Layout);
}
