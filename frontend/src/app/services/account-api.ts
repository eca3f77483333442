import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import {
  changePassword,
  connectProvider,
  disconnectProvider,
  login,
  logout,
  me,
  openLink,
  readInvitation,
  refresh,
  register,
  resetPassword,
  setUp,
} from '../models/functions';
import {
  Credentials,
  Invited,
  Me,
  PasswordChange,
  PasswordReset,
  Proof,
  Registration,
  SetUp,
  SignedOut,
  Spectating,
} from '../models/models';

/** The part of the HTTP API that lets people in and out. Every method rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class AccountApi {
  private readonly api = inject(Api);

  me(): Promise<Me> {
    return this.api.invoke(me);
  }

  signIn(body: Credentials): Promise<Me> {
    return this.api.invoke(login, { body });
  }

  /** Where the browser has to go on to sign out of the provider, too; null if it has not signed in with one. */
  async signOut(): Promise<string | null> {
    const further = (await this.api.invoke(logout)) as SignedOut | null; // 204 has no body
    return further?.continue_at ?? null;
  }

  /** Where the browser goes to sign in with the provider, by which the account is connected. */
  async connectProvider(password: string): Promise<string> {
    return (await this.api.invoke(connectProvider, { body: { password } })).continue_at;
  }

  /** The sign-ins that were made with the provider end. */
  async disconnectProvider(body: Proof): Promise<void> {
    await this.api.invoke(disconnectProvider, { body });
  }

  /** New tokens for the refresh token, which may be used once. */
  refresh(): Promise<Me> {
    return this.api.invoke(refresh);
  }

  setUp(body: SetUp): Promise<Me> {
    return this.api.invoke(setUp, { body });
  }

  /** What a link invites to. */
  invitation(token: string): Promise<Invited> {
    return this.api.invoke(readInvitation, { body: { token } });
  }

  register(body: Registration): Promise<Me> {
    return this.api.invoke(register, { body });
  }

  async changePassword(body: PasswordChange): Promise<void> {
    await this.api.invoke(changePassword, { body });
  }

  /** A forgotten one, by a link. */
  async resetPassword(body: PasswordReset): Promise<void> {
    await this.api.invoke(resetPassword, { body });
  }

  /** Lets this browser watch the session of a spectator link. */
  openLink(token: string): Promise<Spectating> {
    return this.api.invoke(openLink, { body: { token } });
  }
}
