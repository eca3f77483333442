import { Component, input } from '@angular/core';
import { RouterLink } from '@angular/router';

/** Where a link leads nowhere (any more). The words are whoever shows it's: a page's, or the route's `data`. */
@Component({
  selector: 'app-not-found',
  imports: [RouterLink],
  template: `
    <main class="blank">
      <h1>{{ heading() }}</h1>
      <p>{{ reason() }}</p>
      <a i18n class="button" routerLink="/">All sessions</a>
    </main>
  `,
  styleUrl: './not-found.component.css',
})
export class NotFoundComponent {
  readonly heading = input.required<string>();
  readonly reason = input.required<string>();
}
