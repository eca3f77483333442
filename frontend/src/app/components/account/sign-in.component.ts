import { Component, ElementRef, effect, inject, input, signal, untracked, viewChild } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Me, SecondFactorSetup, SignedIn, Team } from '../../models/models';
import { Account } from '../../services/account.service';
import { ServerInfo } from '../../services/server-info.service';
import { Passkeys } from '../../services/passkeys.service';
import { SecurityApi } from '../../services/security-api';
import { errorCode, teamsToChoose } from '../../live/api-error';
import { Submission } from '../shared/submission';
import { nextUrl } from '../../state/next-url';
import { AppSetupComponent } from './app-setup.component';
import { AuthCardComponent } from './auth-card.component';
import { EmailFieldComponent } from './email-field.component';
import { FormFootComponent } from '../shared/form-foot.component';
import { PasswordFieldComponent } from './password-field.component';
import { ProviderSignInComponent } from './provider-sign-in.component';
import { RecoveryCodesComponent } from './recovery-codes.component';
import { SecondStepComponent } from './second-step.component';

/** Where on the way in one is. */
type Stage = 'password' | 'code' | 'setup' | 'codes';

/** Signing in; afterwards it goes on where one wanted to go. */
@Component({
  selector: 'app-sign-in',
  imports: [
    AppSetupComponent,
    AuthCardComponent,
    EmailFieldComponent,
    FormFootComponent,
    PasswordFieldComponent,
    ProviderSignInComponent,
    RecoveryCodesComponent,
    RouterLink,
    SecondStepComponent,
  ],
  template: `
    @if (stage() === 'code') {
      <app-auth-card
        heading="Second step"
        i18n-heading
        lead="Your password is right. Now show that you have your phone."
        i18n-lead
      >
        <app-second-step (done)="enter($event)" (over)="begin($event)" />
        <p class="auth-note">
          <button i18n type="button" class="link" (click)="begin('')">Sign in as somebody else</button>
        </p>
      </app-auth-card>
    } @else if (stage() === 'setup') {
      <app-auth-card
        heading="Set up a second factor"
        i18n-heading
        lead="Your team requires one: a code of your phone, beside your password, whenever you sign in in a new browser."
        i18n-lead
      >
        @if (setup(); as setup) {
          <app-app-setup [setup]="setup" [confirm]="confirm" (over)="begin($event)" />
        } @else {
          <p class="form-error" role="alert">{{ submission.error() }}</p>
          <div class="actions">
            <button i18n type="button" class="button" [disabled]="submission.busy()" (click)="begin('')">Back</button>
          </div>
        }
      </app-auth-card>
    } @else if (entered(); as done) {
      <app-auth-card heading="Save your recovery codes" i18n-heading>
        <app-recovery-codes [codes]="done.recovery_codes ?? []" (saved)="goOn(done.me)" />
      </app-auth-card>
    } @else {
      <app-auth-card heading="Sign in" i18n-heading [lead]="over() || account.endWords()">
        @if (info.info()?.provider; as provider) {
          <app-provider-sign-in [provider]="provider" [next]="next()" [refused]="!!refused()" />
          @if (info.info()?.passwords === 'all') {
            <p i18n class="or">or with a password</p>
          } @else if (info.info()?.passwords === 'administrators') {
            <p i18n class="or">or, for administrators, with a password</p>
          }
        }
        @if (info.info()?.passwords !== 'none') {
          <form class="form" (submit)="$event.preventDefault(); submit(null)">
            <app-email-field [value]="email()" (valueChange)="email.set($event); forgetTeams()" />
            <app-password-field [value]="password()" (valueChange)="password.set($event); forgetTeams()" />
            @if (teams().length > 0) {
              <fieldset class="choices" [disabled]="submission.busy() || submission.wait() > 0">
                <legend i18n tabindex="-1" #question>This address is known in several teams. Choose one.</legend>
                @for (team of teams(); track team.id) {
                  <button type="button" class="button" (click)="submit(team.id)">{{ team.name }}</button>
                }
              </fieldset>
              <p class="form-error" role="alert">{{ submission.error() }}</p>
            } @else {
              <app-form-foot [submission]="submission" action="Sign in" i18n-action doing="Signing in…" i18n-doing />
            }
          </form>
          @if (info.passkeys() && passkeys.supported) {
            <button
              i18n
              type="button"
              class="button"
              [disabled]="submission.busy() || submission.wait() > 0"
              (click)="usePasskey()"
            >
              Sign in with a passkey
            </button>
          }
          @if (info.mail()) {
            <p class="auth-note"><a i18n class="link" routerLink="/forgotten">Forgot password?</a></p>
            <p i18n class="auth-note">No account? Ask an administrator of your team for an invitation.</p>
          } @else {
            <p i18n class="auth-note">
              No account, or password forgotten? Ask an administrator of your team for a link.
            </p>
          }
        }
      </app-auth-card>
    }
  `,
  styleUrl: './sign-in.component.css',
})
export class SignInComponent {
  /** From the address: where one wanted to go. */
  readonly next = input<string>();
  /** From the address: `setup` where an invitation has made an account that needs a second factor. */
  readonly step = input<string>();
  /** From the address: the provider has led back, and nobody was signed in. */
  readonly refused = input<string>();

  protected readonly submission = new Submission();
  protected readonly email = signal('');
  protected readonly password = signal('');
  /** Those that know this address with this password, once the server has asked for one of them. */
  protected readonly teams = signal<readonly Team[]>([]);

  protected readonly stage = signal<Stage>('password');
  /** Why one is back at the beginning. */
  protected readonly over = signal('');
  protected readonly setup = signal<SecondFactorSetup | null>(null);
  /** Signed in, with codes that are to be saved first. */
  protected readonly entered = signal<SignedIn | null>(null);

  protected readonly account = inject(Account);
  protected readonly info = inject(ServerInfo);
  protected readonly passkeys = inject(Passkeys);
  private readonly security = inject(SecurityApi);
  private readonly question = viewChild<ElementRef<HTMLElement>>('question');
  private readonly secret = viewChild(PasswordFieldComponent);

  constructor() {
    void this.info.load().catch(() => null); // without it, one asks an administrator
    effect(() => this.question()?.nativeElement.focus());
    effect(() => {
      if (this.step() === 'setup') untracked(() => void this.prepare());
    });
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
    else if (errorCode(error) === 'second_factor_needed') this.stage.set('code');
    else if (errorCode(error) === 'second_factor_setup_needed') await this.prepare();
    else if (errorCode(error) === 'wrong_credentials') this.secret()?.select();
  }

  /** At the password again, and why. */
  protected begin(why: string): void {
    this.over.set(why);
    this.password.set('');
    this.setup.set(null);
    this.submission.clear();
    this.teams.set([]);
    this.stage.set('password');
  }

  protected readonly confirm = async (code: string): Promise<void> => this.enter(await this.security.takeStep(code));

  protected async enter(signedIn: SignedIn): Promise<void> {
    if (signedIn.recovery_codes === null) return this.goOn(signedIn.me);
    this.entered.set(signedIn);
    this.stage.set('codes');
  }

  protected goOn(me: Me): Promise<void> {
    return this.account.enter(me, nextUrl(this.next()));
  }

  protected async usePasskey(): Promise<void> {
    await this.submission.send(async () => this.goOn(await this.passkeys.signIn()));
  }

  private async prepare(): Promise<void> {
    this.stage.set('setup');
    const error = await this.submission.send(async () => this.setup.set(await this.security.setUpInStep()));
    if (errorCode(error) === 'step_over') this.begin(this.submission.error());
  }

  private askTeam(error: unknown): void {
    this.teams.set(teamsToChoose(error));
    this.submission.clear();
  }
}
