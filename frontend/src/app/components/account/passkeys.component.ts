import { Component, inject, resource, signal } from '@angular/core';

import { Passkey, Proof } from '../../models/models';
import { Clock } from '../../services/clock.service';
import { Passkeys } from '../../services/passkeys.service';
import { when } from '../../state/format';
import { loadErrorOf } from '../shared/load-error';
import { ProofFormComponent } from './proof-form.component';

/** The passkeys of whoever is signed in. */
@Component({
  selector: 'app-passkeys',
  imports: [ProofFormComponent],
  template: `
    <section aria-labelledby="passkeys-heading">
      <h2 i18n id="passkeys-heading">Passkeys</h2>
      <p i18n>
        With a passkey you sign in by your device alone: by finger, face or PIN, without password and code. No other
        site can ask for it.
      </p>
      <p class="form-error" role="alert">{{ loadError()?.words }}</p>
      @if (outcome()) {
        <p class="outcome" role="status">{{ outcome() }}</p>
      }
      @if (list.hasValue() && list.value().length > 0) {
        <ul class="plain rows" aria-label="Your passkeys" i18n-aria-label>
          @for (one of list.value(); track one.id) {
            <li>
              <span
                >{{ one.name }}
                <small i18n>added {{ day(one.created_at) }}, last used {{ day(one.last_used_at) }}</small></span
              >
              <button i18n type="button" class="link danger" [attr.aria-label]="removeWords(one)" (click)="begin(one)">
                Remove…
              </button>
            </li>
          }
        </ul>
      }
      @if (removing(); as one) {
        <app-proof-form
          class="narrow"
          text="The passkey {{ one.name }} does not sign you in any more."
          i18n-text
          action="Remove"
          i18n-action
          [act]="remove"
          (cancelled)="removing.set(null)"
        />
      } @else if (adding()) {
        <div class="form-field narrow">
          <label i18n for="passkey-name">Name</label>
          <input
            #field
            id="passkey-name"
            class="field"
            maxlength="200"
            autocomplete="off"
            placeholder="What holds it, such as your phone"
            i18n-placeholder
            [value]="name()"
            (input)="name.set(field.value)"
          />
        </div>
        <app-proof-form
          class="narrow"
          text="Your browser asks then where to keep it."
          i18n-text
          action="Add passkey"
          i18n-action
          [act]="add"
          (cancelled)="adding.set(false)"
        />
      } @else if (passkeys.supported) {
        <div class="links">
          <button i18n type="button" class="button" (click)="adding.set(true); outcome.set('')">Add a passkey…</button>
        </div>
      } @else {
        <p i18n class="field-hint">This browser cannot use passkeys here.</p>
      }
    </section>
  `,
})
export class PasskeysComponent {
  protected readonly passkeys = inject(Passkeys);
  private readonly clock = inject(Clock);
  protected readonly adding = signal(false);
  protected readonly removing = signal<Passkey | null>(null);
  protected readonly name = signal('');
  protected readonly outcome = signal('');
  protected readonly list = resource({ loader: () => this.passkeys.list() });
  protected readonly loadError = loadErrorOf(this.list);

  protected day(at: string | null): string {
    return at === null ? $localize`never` : when(Date.parse(at), this.clock.now());
  }

  protected removeWords({ name }: Passkey): string {
    return $localize`Remove the passkey ${name}:name:`;
  }

  protected begin(passkey: Passkey): void {
    this.adding.set(false);
    this.outcome.set('');
    this.removing.set(passkey);
  }

  protected readonly add = async (proof: Proof): Promise<void> => {
    const made = await this.passkeys.add(this.name().trim() || $localize`Passkey`, proof);
    this.name.set('');
    this.adding.set(false);
    this.outcome.set($localize`${made.name}:passkey: can sign you in from now on.`);
    this.list.reload();
  };

  protected readonly remove = async (proof: Proof): Promise<void> => {
    const one = this.removing();
    if (one === null) return;
    await this.passkeys.remove(one.id, proof);
    this.removing.set(null);
    this.outcome.set($localize`${one.name}:passkey: was removed.`);
    this.list.reload();
  };
}
