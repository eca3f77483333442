import { Component } from '@angular/core';

/** The mark: a ring seen from the side. */
@Component({
  selector: 'app-logo',
  template: `
    <svg viewBox="0 0 18 18" aria-hidden="true">
      <rect x="1.5" y="3.5" width="15" height="11" rx="2" stroke-width="1.6" />
      <path d="M1.5 7.2h15M1.5 10.8h15" stroke-width="1.1" opacity=".55" />
    </svg>
    {{ name }}
  `,
  styleUrl: './logo.component.css',
})
export class LogoComponent {
  protected readonly name = 'Ringside';
}
