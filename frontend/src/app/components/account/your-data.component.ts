import { Component, computed, inject } from '@angular/core';

import { AccountApi } from '../../services/account-api';
import { Account } from '../../services/account.service';
import { DownloadService } from '../../services/download.service';
import { exportMe } from '../../models/functions';
import { PageComponent } from '../shared/page.component';
import { Submission } from '../shared/submission';

/** What is stored of oneself, as a file. */
@Component({
  selector: 'app-your-data',
  imports: [PageComponent],
  template: `
    <app-page
      heading="Your data"
      i18n-heading
      lead="Everything that Ringside has stored about you, as one file."
      i18n-lead
      [narrow]="true"
    >
      <p i18n>
        The ZIP file holds your profile, your sign-ins, API keys and links (without their secrets), the entries of the
        audit trail by you or about you, your questions, and your own sessions with their documents.
      </p>
      <p class="form-error" role="alert">{{ submission.error() }}</p>
      <p>
        <button type="button" class="button primary" [disabled]="submission.busy()" (click)="download()">
          {{ action() }}
        </button>
      </p>
      <p i18n class="field-hint">
        To have your data erased, ask an administrator of {{ account.me()?.team?.name }}. What you wrote in sessions
        that you shared with the team stays there, under a pseudonym.
      </p>
    </app-page>
  `,
  styles: `
    .field-hint {
      margin-top: 18px;
    }
    .button {
      margin-top: 14px;
    }
  `,
})
export class YourDataComponent {
  protected readonly account = inject(Account);
  protected readonly submission = new Submission();
  protected readonly action = computed(() => (this.submission.busy() ? $localize`Wait…` : $localize`Download`));
  private readonly api = inject(AccountApi);
  private readonly downloads = inject(DownloadService);

  protected async download(): Promise<void> {
    await this.submission.send(() => this.downloads.save(exportMe.PATH, () => this.api.me()));
  }
}
