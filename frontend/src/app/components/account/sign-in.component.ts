import { Component, ElementRef, effect, inject, input, signal, viewChild } from '@angular/core';

import { Team } from '../../models/models';
import { Account } from '../../services/account.service';
import { ServerInfo } from '../../services/server-info.service';
import { errorCode, teamsToChoose } from '../../live/api-error';
import { Submission } from '../shared/submission';
import { nextUrl } from '../../state/next-url';
import { AuthCardComponent } from './auth-card.component';
import { FormFootComponent } from '../shared/form-foot.component';
import { PasswordFieldComponent } from './password-field.component';
import { ProviderSignInComponent } from './provider-sign-in.component';

/** Signing in; afterwards it goes on where one wanted to go. */
@Component({
  selector: 'app-sign-in',
  imports: [AuthCardComponent, FormFootComponent, PasswordFieldComponent, ProviderSignInComponent],
  template: `
    <app-auth-card heading="Sign in" [lead]="account.endWords()">
      @if (info.info()?.provider; as provider) {
        <app-provider-sign-in [provider]="provider" [next]="next()" [refused]="!!refused()" />
        @if (info.info()?.passwords === 'all') {
          <p class="or">or with a password</p>
        } @else if (info.info()?.passwords === 'administrators') {
          <p class="or">or, for administrators, with a password</p>
        }
      }
      @if (info.info()?.passwords !== 'none') {
        <form class="form" (submit)="$event.preventDefault(); submit(null)">
          <div class="form-field">
            <label for="email">Email</label>
            <input
              #address
              id="email"
              name="email"
              type="email"
              class="field"
              required
              maxlength="254"
              autocomplete="username"
              autocapitalize="none"
              spellcheck="false"
              [value]="email()"
              (input)="email.set(address.value); forgetTeams()"
            />
          </div>
          <app-password-field [value]="password()" (valueChange)="password.set($event); forgetTeams()" />
          @if (teams().length > 0) {
            <fieldset class="choices" [disabled]="submission.busy() || submission.wait() > 0">
              <legend tabindex="-1" #question>This address is known in several teams. Choose one.</legend>
              @for (team of teams(); track team.id) {
                <button type="button" class="button" (click)="submit(team.id)">{{ team.name }}</button>
              }
            </fieldset>
            <p class="form-error" role="alert">{{ submission.error() }}</p>
          } @else {
            <app-form-foot [submission]="submission" action="Sign in" doing="Signing in…" />
          }
        </form>
        <p class="auth-note">No account, or password forgotten? Ask an administrator of your team for a link.</p>
      }
    </app-auth-card>
  `,
  styleUrl: './sign-in.component.css',
})
export class SignInComponent {
  /** From the address: where one wanted to go. */
  readonly next = input<string>();
  /** From the address: the provider has led back, and nobody was signed in. */
  readonly refused = input<string>();

  protected readonly submission = new Submission();
  protected readonly email = signal('');
  protected readonly password = signal('');
  /** Those that know this address with this password, once the server has asked for one of them. */
  protected readonly teams = signal<readonly Team[]>([]);

  protected readonly account = inject(Account);
  protected readonly info = inject(ServerInfo);
  private readonly question = viewChild<ElementRef<HTMLElement>>('question');
  private readonly secret = viewChild.required(PasswordFieldComponent);

  constructor() {
    void this.info.load().catch(() => undefined); // a server that is away is told of elsewhere
    effect(() => this.question()?.nativeElement.focus());
  }

  protected forgetTeams(): void {
    this.teams.set([]);
  }

  protected async submit(team: string | null): Promise<void> {
    const error = await this.submission.send(() =>
      this.account.signIn(
        { email: this.email().trim(), password: this.password(), ...(team && { team }) },
        nextUrl(this.next()),
      ),
    );
    if (errorCode(error) === 'choose_team') this.askTeam(error);
    else if (errorCode(error) === 'wrong_credentials') this.secret().select();
  }

  private askTeam(error: unknown): void {
    this.teams.set(teamsToChoose(error));
    this.submission.clear();
  }
}
