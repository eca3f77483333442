import { Component, computed, inject, input, signal } from '@angular/core';

import { Proof } from '../../models/models';
import { AccountApi } from '../../services/account-api';
import { Account } from '../../services/account.service';
import { BROWSER } from '../../services/browser';
import { ServerInfo } from '../../services/server-info.service';
import { cookie } from '../../state/cookie';
import { ProofFormComponent } from './proof-form.component';

/** With which provider one signs in, and how to connect one's account to it. Nothing where there is no provider. */
@Component({
  selector: 'app-provider-connection',
  imports: [ProofFormComponent],
  template: `
    @if (provider(); as provider) {
      <section aria-labelledby="provider-heading">
        <h2 i18n id="provider-heading">Sign in with {{ provider.name }}</h2>
        @if (refusal()) {
          <p class="form-error" role="alert">{{ refusal() }}</p>
        }
        @if (connected()) {
          <p i18n>Your account is connected with {{ provider.name }}. Both lead to the same account.</p>
          @if (disconnecting()) {
            <app-proof-form
              class="narrow"
              text="From then on you sign in with your password. Whoever is signed in with {{ provider.name }} is out."
              i18n-text
              action="Disconnect"
              i18n-action="an account with a provider|on a button"
              [act]="disconnect"
              (cancelled)="disconnecting.set(false)"
            />
          } @else if (account.me()?.has_password) {
            <div class="links">
              <button
                i18n="an account with a provider|on a button"
                type="button"
                class="button"
                (click)="disconnecting.set(true)"
              >
                Disconnect…
              </button>
            </div>
          }
        } @else if (connecting()) {
          <app-proof-form
            class="narrow"
            text="Your password shows that it is you; then {{ provider.name }} asks who you are."
            i18n-text
            action="Connect"
            i18n-action="an account with a provider|on a button"
            [act]="connect"
            (cancelled)="connecting.set(false)"
          />
        } @else {
          <p i18n>
            Your account is not connected with {{ provider.name }} yet. Once it is, both lead to the same account.
          </p>
          <div class="links">
            <button
              i18n="an account with a provider|on a button"
              type="button"
              class="button"
              (click)="connecting.set(true)"
            >
              Connect…
            </button>
          </div>
        }
      </section>
    }
  `,
})
export class ProviderConnectionComponent {
  /** The server has led here without having connected anything; its words are in a cookie. */
  readonly refused = input(false);

  protected readonly connecting = signal(false);
  protected readonly disconnecting = signal(false);
  protected readonly account = inject(Account);
  private readonly disconnected = signal(false);
  private readonly api = inject(AccountApi);
  private readonly browser = inject(BROWSER);
  private readonly info = inject(ServerInfo);
  protected readonly provider = computed(() => this.info.info()?.provider ?? null);
  protected readonly connected = computed(() => !!this.account.me()?.provider && !this.disconnected());
  protected readonly refusal = computed(() =>
    this.refused() ? cookie(this.browser.cookies(), 'sign_in_refused') : '',
  );

  constructor() {
    void this.info.load().catch(() => undefined);
  }

  protected readonly connect = async (proof: Proof & { password: string }): Promise<void> =>
    this.browser.load(await this.api.connectProvider(proof.password));

  protected readonly disconnect = async (proof: Proof): Promise<void> => {
    await this.api.disconnectProvider(proof);
    this.disconnecting.set(false);
    this.disconnected.set(true);
  };
}
