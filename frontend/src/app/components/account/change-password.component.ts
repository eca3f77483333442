import { Component, computed, inject, signal, viewChild } from '@angular/core';

import { AccountApi } from '../../services/account-api';
import { Account } from '../../services/account.service';
import { errorCode } from '../../live/api-error';
import { Submission } from '../shared/submission';
import { FormFootComponent } from '../shared/form-foot.component';
import { PageComponent } from '../shared/page.component';
import { PasswordFieldComponent } from './password-field.component';
import { passwordElsewhere } from './provider-words';

/** Another password. Everywhere else one is signed out by it. */
@Component({
  selector: 'app-change-password',
  imports: [FormFootComponent, PageComponent, PasswordFieldComponent],
  template: `
    <app-page heading="Change password" i18n-heading [lead]="lead()" [narrow]="true">
      @if (!hasPassword()) {
        <p i18n class="outcome">There is no password here to change.</p>
      } @else if (done()) {
        <p i18n class="outcome" role="status">Your password was changed.</p>
      } @else {
        <form class="form" (submit)="$event.preventDefault(); submit()">
          <input type="text" name="username" autocomplete="username" hidden [value]="account.me()?.user?.email" />
          <app-password-field name="current" asked="current" [(value)]="current" />
          <app-password-field name="fresh" asked="new" [fresh]="true" [(value)]="fresh" />
          <app-form-foot [submission]="submission" action="Change password" i18n-action doing="Changing…" i18n-doing />
        </form>
      }
    </app-page>
  `,
})
export class ChangePasswordComponent {
  protected readonly account = inject(Account);
  protected readonly hasPassword = computed(() => this.account.me()?.has_password ?? true);
  protected readonly lead = computed(() =>
    this.hasPassword()
      ? $localize`You stay signed in here and are signed out in all other browsers.`
      : passwordElsewhere(this.account.me()?.provider),
  );
  protected readonly submission = new Submission();
  protected readonly current = signal('');
  protected readonly fresh = signal('');
  protected readonly done = signal(false);
  private readonly api = inject(AccountApi);
  private readonly first = viewChild(PasswordFieldComponent);

  protected async submit(): Promise<void> {
    const error = await this.submission.send(async () => {
      await this.api.changePassword({ current: this.current(), new: this.fresh() });
      this.done.set(true);
    });
    if (errorCode(error) === 'wrong_credentials') this.first()?.select();
  }
}
