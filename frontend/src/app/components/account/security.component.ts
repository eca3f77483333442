import { Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Account } from '../../services/account.service';
import { ServerInfo } from '../../services/server-info.service';
import { PageComponent } from '../shared/page.component';
import { PasskeysComponent } from './passkeys.component';
import { ProviderConnectionComponent } from './provider-connection.component';
import { passwordElsewhere } from './provider-words';
import { SecondFactorComponent } from './second-factor.component';

/** By what one signs in. */
@Component({
  selector: 'app-security',
  imports: [PageComponent, PasskeysComponent, ProviderConnectionComponent, RouterLink, SecondFactorComponent],
  template: `
    <app-page heading="Security" i18n-heading lead="How you sign in. API keys are not affected by any of it." i18n-lead>
      <section aria-labelledby="password-heading">
        <div class="section-head">
          <h2 i18n id="password-heading">Password</h2>
          @if (hasPassword()) {
            <a i18n class="button" routerLink="/password">Change password</a>
          }
        </div>
        @if (!hasPassword()) {
          <p>{{ elsewhere() }}</p>
        }
      </section>
      @if (hasPassword()) {
        <app-provider-connection [refused]="!!refused()" />
      }
      <app-second-factor />
      @if (info.passkeys()) {
        <app-passkeys />
      }
    </app-page>
  `,
  styles: `
    app-passkeys,
    app-provider-connection:not(:empty),
    app-second-factor {
      display: block;
      border-top: 1px solid var(--line);
    }
  `,
})
export class SecurityComponent {
  /** From the address: the provider has led back, and nothing was connected. */
  readonly refused = input<string>();

  private readonly account = inject(Account);
  protected readonly hasPassword = computed(() => this.account.me()?.has_password ?? true);
  protected readonly elsewhere = computed(() => passwordElsewhere(this.account.me()?.provider));
  protected readonly info = inject(ServerInfo);

  constructor() {
    void this.info.load().catch(() => null); // without it, there are no passkeys to be seen
  }
}
