import { Component, input, output, signal, viewChild } from '@angular/core';

import { errorCode } from '../../live/api-error';
import { SecondFactorSetup } from '../../models/models';
import { FormFootComponent } from '../shared/form-foot.component';
import { Submission } from '../shared/submission';
import { CodeFieldComponent } from './code-field.component';

/** What an authenticator app is given, and the code that shows that it has it. */
@Component({
  selector: 'app-app-setup',
  imports: [CodeFieldComponent, FormFootComponent],
  template: `
    <ol class="steps">
      <li>
        <ng-container i18n>Scan this picture with an authenticator app on your phone.</ng-container>
        <img
          class="qr"
          [src]="setup().picture"
          alt="QR code for an authenticator app"
          i18n-alt
          width="180"
          height="180"
        />
        <details>
          <summary i18n>You cannot scan it?</summary>
          <p i18n>Type this key into the app:</p>
          <code class="key">{{ grouped() }}</code>
        </details>
      </li>
      <li i18n>Enter the code that the app shows then.</li>
    </ol>
    <form class="form" (submit)="$event.preventDefault(); submit()">
      <app-code-field [(value)]="code" />
      <app-form-foot [submission]="submission" action="Confirm" i18n-action doing="Confirming…" i18n-doing>
        <ng-content />
      </app-form-foot>
    </form>
  `,
  styles: `
    :host {
      display: grid;
      gap: 14px;
    }
    .steps {
      display: grid;
      gap: 10px;
      margin: 0;
      padding-left: 20px;
    }
    .qr {
      display: block;
      margin: 10px 0;
      border: 1px solid var(--line);
      border-radius: 8px;
    }
    .key {
      display: block;
      margin-top: 6px;
      overflow-wrap: anywhere;
      user-select: all;
      color: var(--ink);
    }
  `,
})
export class AppSetupComponent {
  readonly setup = input.required<SecondFactorSetup>();
  /** Sends the code; rejects with the API's error. */
  readonly confirm = input.required<(code: string) => Promise<unknown>>();
  readonly over = output<string>();

  protected readonly submission = new Submission();
  protected readonly code = signal('');
  private readonly field = viewChild.required(CodeFieldComponent);

  protected grouped(): string {
    return (this.setup().secret.match(/.{1,4}/g) ?? []).join(' ');
  }

  protected async submit(): Promise<void> {
    const error = await this.submission.send(() => this.confirm()(this.code()));
    if (['step_over', 'second_factor_unprepared'].includes(errorCode(error))) this.over.emit(this.submission.error());
    else if (error) this.field().select();
  }
}
