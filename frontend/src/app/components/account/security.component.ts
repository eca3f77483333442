import { Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';

import { ServerInfo } from '../../services/server-info.service';
import { PageComponent } from '../shared/page.component';
import { PasskeysComponent } from './passkeys.component';
import { SecondFactorComponent } from './second-factor.component';

/** By what one signs in. */
@Component({
  selector: 'app-security',
  imports: [PageComponent, PasskeysComponent, RouterLink, SecondFactorComponent],
  template: `
    <app-page heading="Security" lead="How you sign in. API keys are not affected by any of it.">
      <section aria-labelledby="password-heading">
        <div class="section-head">
          <h2 id="password-heading">Password</h2>
          <a class="button" routerLink="/password">Change password</a>
        </div>
      </section>
      <app-second-factor />
      @if (info.passkeys()) {
        <app-passkeys />
      }
    </app-page>
  `,
  styles: `
    app-passkeys,
    app-second-factor {
      display: block;
      border-top: 1px solid var(--line);
    }
  `,
})
export class SecurityComponent {
  protected readonly info = inject(ServerInfo);

  constructor() {
    void this.info.load().catch(() => null); // without it, there are no passkeys to be seen
  }
}
