import { Component, ElementRef, afterNextRender, inject, input } from '@angular/core';

import { LogoComponent } from '../shared/logo.component';

/** The layout of the pages in front of the sign-in: one quiet card. */
@Component({
  selector: 'app-auth-card',
  imports: [LogoComponent],
  template: `
    <main class="auth">
      <app-logo />
      <div class="auth-card">
        <h1 [tabindex]="-1">{{ heading() }}</h1>
        @if (lead()) {
          <p class="lead">{{ lead() }}</p>
        }
        <ng-content />
      </div>
    </main>
  `,
  styleUrl: './auth-card.component.css',
})
export class AuthCardComponent {
  readonly heading = input.required<string>();
  readonly lead = input('');

  constructor() {
    const element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    // A form is ready to be filled in; anything else is read out.
    afterNextRender(() => (element.querySelector<HTMLElement>('.field') ?? element.querySelector('h1'))?.focus());
  }
}
