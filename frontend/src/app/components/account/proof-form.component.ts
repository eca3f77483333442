import { Component, input, output, signal, viewChild } from '@angular/core';

import { Proof } from '../../models/models';
import { FormFootComponent } from '../shared/form-foot.component';
import { Submission } from '../shared/submission';
import { PasswordFieldComponent } from './password-field.component';

/** Asks for the password before something is changed by which one signs in. */
@Component({
  selector: 'app-proof-form',
  imports: [FormFootComponent, PasswordFieldComponent],
  template: `
    <form class="form" (submit)="$event.preventDefault(); submit()">
      <p>{{ text() }}</p>
      <app-password-field name="proof" asked="your" [(value)]="password" />
      <app-form-foot class="inline" [submission]="submission" [action]="action()" doing="One moment…" i18n-doing>
        <button i18n type="button" class="button" (click)="cancelled.emit()">Cancel</button>
      </app-form-foot>
    </form>
  `,
})
export class ProofFormComponent {
  readonly text = input.required<string>();
  readonly action = input.required<string>();
  /** What is done with the proof; rejects with the API's error. */
  readonly act = input.required<(proof: Proof & { password: string }) => Promise<unknown>>();
  readonly cancelled = output();

  protected readonly submission = new Submission();
  protected readonly password = signal('');
  private readonly field = viewChild.required(PasswordFieldComponent);

  protected async submit(): Promise<void> {
    if (await this.submission.send(() => this.act()({ password: this.password() }))) this.field().select();
  }
}
