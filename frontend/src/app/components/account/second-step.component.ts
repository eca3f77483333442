import { AfterViewInit, Component, computed, inject, output, signal, viewChild } from '@angular/core';

import { errorCode } from '../../live/api-error';
import { SignedIn } from '../../models/models';
import { SecurityApi } from '../../services/security-api';
import { FormFootComponent } from '../shared/form-foot.component';
import { Submission } from '../shared/submission';
import { CodeFieldComponent } from './code-field.component';

/** The second step of signing in: the code. */
@Component({
  selector: 'app-second-step',
  imports: [CodeFieldComponent, FormFootComponent],
  template: `
    <form class="form" (submit)="$event.preventDefault(); submit()">
      <app-code-field [recovery]="recovery()" [(value)]="code" />
      <app-form-foot [submission]="submission" action="Sign in" i18n-action doing="Signing in…" i18n-doing />
    </form>
    <p class="auth-note">
      <button type="button" class="link" (click)="change()">
        {{ other() }}
      </button>
    </p>
  `,
  styles: `
    :host {
      display: grid;
      gap: 14px;
    }
  `,
})
export class SecondStepComponent implements AfterViewInit {
  readonly done = output<SignedIn>();
  /** It took too long: in the server's words. */
  readonly over = output<string>();

  protected readonly submission = new Submission();
  protected readonly code = signal('');
  protected readonly recovery = signal(false);
  protected readonly other = computed(() =>
    this.recovery() ? $localize`Use the authenticator app` : $localize`No phone at hand? Use a recovery code`,
  );
  private readonly api = inject(SecurityApi);
  private readonly field = viewChild.required(CodeFieldComponent);

  ngAfterViewInit(): void {
    this.field().select();
  }

  protected change(): void {
    this.recovery.update((recovery) => !recovery);
    this.code.set('');
    this.submission.clear();
    this.field().select();
  }

  protected async submit(): Promise<void> {
    const error = await this.submission.send(async () => this.done.emit(await this.api.takeStep(this.code())));
    if (errorCode(error) === 'step_over') this.over.emit(this.submission.error());
    else if (error) this.field().select();
  }
}
