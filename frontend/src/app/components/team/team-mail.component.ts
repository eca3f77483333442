import { Component, inject, resource, signal } from '@angular/core';

import { Mail } from '../../models/models';
import { Account } from '../../services/account.service';
import { Clock } from '../../services/clock.service';
import { MailApi } from '../../services/mail-api';
import { moment } from '../../state/format';
import { loadErrorOf } from '../shared/load-error';
import { Submission } from '../shared/submission';

/** Mail: whether it works, and what could not be sent. */
@Component({
  selector: 'app-team-mail',
  template: `
    <section aria-labelledby="mail-heading">
      <h2 i18n="e-mail|" id="mail-heading">Mail</h2>
      <p class="form-error" role="alert">{{ submission.error() || loadError()?.words }}</p>
      @if (done()) {
        <p class="outcome" role="status">{{ done() }}</p>
      }
      @if (state.hasValue()) {
        @if (state.value().on) {
          <p i18n>Invitations, password links and notices are sent from {{ state.value().sender }}.</p>
          <div class="links">
            <button i18n type="button" class="button" [disabled]="submission.busy()" (click)="test()">
              Send a test mail to yourself
            </button>
          </div>
        } @else {
          <p i18n>
            This server sends no mail: links are copied. Whoever operates it can set it up with
            <code>SMTP_HOST</code>, <code>MAIL_FROM</code> and <code>PUBLIC_URL</code>.
          </p>
        }
      }
    </section>
    @if (state.hasValue() && (state.value().on || state.value().mails.length > 0)) {
      <section aria-labelledby="unsent-heading">
        <h2 i18n id="unsent-heading">Not sent</h2>
        @if (state.value().mails.length > 0) {
          <ul class="plain rows" aria-label="Mails that were not sent" i18n-aria-label>
            @for (mail of state.value().mails; track mail.id) {
              <li>
                <span
                  >{{ mail.subject }} <small i18n>to {{ mail.recipient }}, {{ time(mail.created_at) }}</small>
                  <small [class.bad]="mail.error">{{ words(mail) }}</small></span
                >
                @if (mail.can_be_sent) {
                  <button
                    i18n
                    type="button"
                    class="link"
                    [disabled]="submission.busy()"
                    [attr.aria-label]="againWords(mail)"
                    (click)="again(mail)"
                  >
                    Send again
                  </button>
                }
              </li>
            }
          </ul>
        } @else {
          <p i18n class="nothing">Every mail was sent.</p>
        }
      </section>
    }
  `,
  styles: `
    :host > section + section {
      border-top: 1px solid var(--line);
    }
    .bad {
      color: var(--bad);
      overflow-wrap: anywhere;
    }
    .link {
      white-space: nowrap;
    }
  `,
})
export class TeamMailComponent {
  private readonly api = inject(MailApi);
  private readonly account = inject(Account);
  private readonly clock = inject(Clock);
  protected readonly submission = new Submission();
  protected readonly done = signal('');
  protected readonly state = resource({ loader: () => this.api.state() });
  protected readonly loadError = loadErrorOf(this.state);

  protected time(at: string): string {
    return moment(Date.parse(at), this.clock.now());
  }

  protected againWords(mail: Mail): string {
    return $localize`Send again to ${mail.recipient}:email:`;
  }

  protected words(mail: Mail): string {
    if (mail.error === null) return $localize`On its way.`;
    const why = /[.!?]$/.test(mail.error) ? mail.error : `${mail.error}.`;
    return mail.status === 'waiting'
      ? $localize`${why}:why: It is tried again at ${this.time(mail.due_at)}:time:.`
      : why;
  }

  protected async test(): Promise<void> {
    this.done.set('');
    await this.submission.send(async () => {
      await this.api.test();
      this.done.set($localize`The mail server has accepted a mail to ${this.account.me()?.user.email}:email:.`);
    });
  }

  protected async again(mail: Mail): Promise<void> {
    this.done.set('');
    await this.submission.send(async () => {
      await this.api.again(mail.id);
      this.done.set($localize`The mail to ${mail.recipient}:email: is being sent.`);
    });
    this.state.reload();
  }
}
