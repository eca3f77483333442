import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import { forgetPassword, listMails, sendAgain, sendTest } from '../models/functions';
import { Mail, MailState } from '../models/models';

/** The part of the HTTP API about mail. Every method rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class MailApi {
  private readonly api = inject(Api);

  /** Has a link sent, if the address has an account. */
  async forgotten(email: string): Promise<void> {
    await this.api.invoke(forgetPassword, { body: { email } });
  }

  state(): Promise<MailState> {
    return this.api.invoke(listMails);
  }

  again(mail_id: string): Promise<Mail> {
    return this.api.invoke(sendAgain, { mail_id });
  }

  async test(): Promise<void> {
    await this.api.invoke(sendTest);
  }
}
