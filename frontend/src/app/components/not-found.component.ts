import { Component, input } from '@angular/core';
import { RouterLink } from '@angular/router';

/** Where a link leads nowhere (any more). */
@Component({
  selector: 'app-not-found',
  imports: [RouterLink],
  template: `
    <main class="blank">
      <h1>{{ heading() }}</h1>
      <p>{{ reason() }}</p>
      <a class="button" routerLink="/">All sessions</a>
    </main>
  `,
})
export class NotFoundComponent {
  readonly heading = input('There is no such page');
  readonly reason = input('The address may have a typing error, or belong to another version of Ringside.');
}
