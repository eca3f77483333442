import { Component, computed, inject, resource, signal } from '@angular/core';

import { SecondFactorSetup } from '../../models/models';
import { Clock } from '../../services/clock.service';
import { SecurityApi } from '../../services/security-api';
import { when } from '../../state/format';
import { loadErrorOf } from '../shared/load-error';
import { AppSetupComponent } from './app-setup.component';
import { ProofFormComponent } from './proof-form.component';
import { RecoveryCodesComponent } from './recovery-codes.component';

type Doing = 'setting-up' | 'renewing' | 'removing';

/** The authenticator app of whoever is signed in, and the recovery codes. */
@Component({
  selector: 'app-second-factor',
  imports: [AppSetupComponent, ProofFormComponent, RecoveryCodesComponent],
  template: `
    <section aria-labelledby="factor-heading">
      <h2 i18n id="factor-heading">Authenticator app</h2>
      <p class="form-error" role="alert">{{ loadError()?.words }}</p>
      @if (outcome()) {
        <p class="outcome" role="status">{{ outcome() }}</p>
      }
      @if (codes(); as codes) {
        <app-recovery-codes [codes]="codes" (saved)="finish()" />
      } @else if (setup(); as setup) {
        <app-app-setup class="narrow" [setup]="setup" [confirm]="confirm" (over)="stop($event)">
          <button i18n type="button" class="button" (click)="stop('')">Cancel</button>
        </app-app-setup>
      } @else if (doing() === 'setting-up') {
        <app-proof-form
          class="narrow"
          text="From then on, whoever signs in with your password needs a code of your phone, too."
          i18n-text
          action="Continue"
          i18n-action
          [act]="prepare"
          (cancelled)="stop('')"
        />
      } @else if (doing() === 'renewing') {
        <app-proof-form
          class="narrow"
          text="You get ten new recovery codes. Those that you have saved stop working."
          i18n-text
          action="Make new codes"
          i18n-action
          [act]="renew"
          (cancelled)="stop('')"
        />
      } @else if (doing() === 'removing') {
        <app-proof-form
          class="narrow"
          text="Your password alone signs you in then. The recovery codes stop working."
          i18n-text
          action="Remove"
          i18n-action
          [act]="remove"
          (cancelled)="stop('')"
        />
      } @else if (state.hasValue()) {
        @if (state.value().on) {
          <p>{{ words() }}</p>
          @if (state.value().recovery_codes_left < 4) {
            <p i18n class="field-hint warn">Make new recovery codes before you run out of them.</p>
          }
          <div class="links">
            <button i18n type="button" class="button" (click)="begin('renewing')">New recovery codes…</button>
            @if (!state.value().required) {
              <button i18n type="button" class="button danger" (click)="begin('removing')">Remove…</button>
            }
          </div>
          @if (state.value().required) {
            <p i18n class="field-hint">Your team requires it. For another phone, ask an administrator to reset it.</p>
          }
        } @else {
          <p i18n>
            A second factor keeps out whoever has learnt your password: signing in takes a code of an app on your phone,
            too.
          </p>
          <div class="links">
            <button i18n type="button" class="button primary" (click)="begin('setting-up')">Set up…</button>
          </div>
        }
      }
    </section>
  `,
})
export class SecondFactorComponent {
  private readonly api = inject(SecurityApi);
  private readonly clock = inject(Clock);

  protected readonly doing = signal<Doing | null>(null);
  protected readonly setup = signal<SecondFactorSetup | null>(null);
  /** Shown once. */
  protected readonly codes = signal<readonly string[] | null>(null);
  protected readonly outcome = signal('');
  protected readonly state = resource({ loader: () => this.api.secondFactor() });
  protected readonly loadError = loadErrorOf(this.state);
  protected readonly words = computed(() => {
    if (!this.state.hasValue()) return '';
    const { since, recovery_codes_left: left } = this.state.value();
    const day = since === null ? '' : when(Date.parse(since), this.clock.now());
    return `${$localize`In use since ${day}:day:.`} ${leftWords(left)}`;
  });

  protected begin(doing: Doing): void {
    this.outcome.set('');
    this.doing.set(doing);
  }

  protected stop(why: string): void {
    this.outcome.set(why);
    this.setup.set(null);
    this.doing.set(null);
  }

  protected finish(): void {
    this.codes.set(null);
    this.stop('');
    this.state.reload();
  }

  protected readonly prepare = async ({ password }: { password: string }): Promise<void> => {
    this.setup.set(await this.api.setUp(password));
  };

  protected readonly confirm = async (code: string): Promise<void> => {
    this.codes.set(await this.api.confirm(code));
  };

  protected readonly renew = async (proof: { password: string }): Promise<void> => {
    this.codes.set(await this.api.renewCodes(proof));
  };

  protected readonly remove = async (proof: { password: string }): Promise<void> => {
    await this.api.remove(proof);
    this.stop($localize`The authenticator app was removed.`);
    this.state.reload();
  };
}

function leftWords(codes: number): string {
  if (codes === 0) return $localize`No recovery codes are left.`;
  return codes === 1 ? $localize`One recovery code is left.` : $localize`${codes}:count: recovery codes are left.`;
}
