import { Component, input } from '@angular/core';

import { LogoComponent } from './logo.component';

/** What is there until it is known who is here. Comes into sight only if that takes a moment. */
@Component({
  selector: 'app-opening',
  imports: [LogoComponent],
  template: `
    <app-logo />
    <p>{{ reason() || opening }}</p>
    @if (reason()) {
      <p i18n>This page tries again by itself.</p>
    }
  `,
  styleUrl: './opening.component.css',
  host: { role: 'status' },
})
export class OpeningComponent {
  /** Why it takes longer; '' while it does not. */
  readonly reason = input.required<string>();
  protected readonly opening = $localize`Opening…`;
}
