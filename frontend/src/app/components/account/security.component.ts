import { Component } from '@angular/core';
import { RouterLink } from '@angular/router';

import { PageComponent } from '../shared/page.component';
import { SecondFactorComponent } from './second-factor.component';

/** By what one signs in. */
@Component({
  selector: 'app-security',
  imports: [PageComponent, RouterLink, SecondFactorComponent],
  template: `
    <app-page heading="Security" lead="How you sign in. API keys are not affected by any of it.">
      <section aria-labelledby="password-heading">
        <div class="section-head">
          <h2 id="password-heading">Password</h2>
          <a class="button" routerLink="/password">Change password</a>
        </div>
      </section>
      <app-second-factor />
    </app-page>
  `,
  styles: `
    app-second-factor {
      display: block;
      border-top: 1px solid var(--line);
    }
  `,
})
export class SecurityComponent {}
