import { Component, computed, inject, input } from '@angular/core';

import { SignInProvider } from '../../models/models';
import { BROWSER } from '../../services/browser';
import { cookie } from '../../state/cookie';
import { nextUrl } from '../../state/next-url';

/** The way to the provider with which the team signs in, and why it has just led nowhere. */
@Component({
  selector: 'app-provider-sign-in',
  template: `
    @if (refusal()) {
      <p class="form-error" role="alert">{{ refusal() }}</p>
    }
    <a i18n class="button primary" [href]="address()">Continue with {{ provider().name }}</a>
  `,
  styleUrl: './provider-sign-in.component.css',
})
export class ProviderSignInComponent {
  readonly provider = input.required<SignInProvider>();
  /** Where one wanted to go. */
  readonly next = input<string>();
  /** Whether the server has led here because nobody was signed in; its words are in a cookie. */
  readonly refused = input(false);

  private readonly browser = inject(BROWSER);
  protected readonly refusal = computed(() =>
    this.refused() ? cookie(this.browser.cookies(), 'sign_in_refused') : '',
  );
  protected readonly address = computed(
    () => `${this.provider().address}?next=${encodeURIComponent(nextUrl(this.next()))}`,
  );
}
