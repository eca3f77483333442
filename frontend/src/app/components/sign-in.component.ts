import { Component, ElementRef, computed, effect, inject, input, signal, viewChild } from '@angular/core';

import { Account } from '../services/account.service';
import { errorCode, errorMessage } from '../services/api-error';
import { Submission } from '../services/submission';
import { nextUrl } from '../state/next-url';
import { teamNames } from '../state/team-names';
import { DoorComponent } from './door.component';
import { FormFootComponent } from './form-foot.component';
import { PasswordFieldComponent } from './password-field.component';

/** Signing in; afterwards it goes on where one wanted to go. */
@Component({
  selector: 'app-sign-in',
  imports: [DoorComponent, FormFootComponent, PasswordFieldComponent],
  template: `
    <app-door heading="Sign in">
      <form class="form" (submit)="$event.preventDefault(); submit()">
        <div class="entry">
          <label for="email">Email</label>
          <input #address id="email" name="email" type="email" class="field" required maxlength="254" autocomplete="username" autocapitalize="none" spellcheck="false"
            [value]="email()" (input)="email.set(address.value); forgetTeams()" />
        </div>
        <app-password-field [(value)]="password" />
        @if (asksTeam()) {
          <div class="entry">
            <label for="team">Team</label>
            @if (teams().length > 0) {
              <select #choice id="team" class="field" aria-describedby="team-hint" (change)="team.set(choice.value)">
                @for (name of teams(); track name) { <option [value]="name" [selected]="name === team()">{{ name }}</option> }
              </select>
            } @else {
              <input #choice id="team" class="field" aria-describedby="team-hint" required maxlength="200" autocomplete="organization" [value]="team()" (input)="team.set(choice.value)" />
            }
            <p class="entry-hint" id="team-hint" role="status">{{ teams().length > 0 ? 'Several teams know this address. Choose one.' : 'Several teams know this address. Type the name of one.' }}</p>
          </div>
        }
        <app-form-foot [submission]="submission" action="Sign in" doing="Signing in…" />
      </form>
      <p class="door-foot">No account yet? Ask an administrator of your team for a link.</p>
    </app-door>
  `,
})
export class SignInComponent {
  /** From the address: where one wanted to go. */
  readonly next = input<string>();

  protected readonly submission = new Submission();
  protected readonly email = signal('');
  protected readonly password = signal('');
  protected readonly team = signal('');
  /** What the server said of the teams that know this address; '' until it has asked for one. */
  private readonly question = signal('');
  protected readonly asksTeam = computed(() => this.question() !== '');
  protected readonly teams = computed(() => teamNames(this.question()));

  private readonly account = inject(Account);
  private readonly choice = viewChild<ElementRef<HTMLElement>>('choice');
  private readonly secret = viewChild.required(PasswordFieldComponent);

  constructor() {
    effect(() => this.choice()?.nativeElement.focus());
  }

  protected forgetTeams(): void {
    this.question.set('');
    this.team.set('');
  }

  protected async submit(): Promise<void> {
    const team = this.team() ? { team: this.team() } : {};
    const error = await this.submission.send(() =>
      this.account.signIn({ email: this.email().trim(), password: this.password(), ...team }, nextUrl(this.next())),
    );
    if (errorCode(error) === 'choose_team') this.askTeam(errorMessage(error));
    else if (errorCode(error) === 'wrong_credentials') this.secret().select();
  }

  /** The names are given as a sentence. If the chosen one is none after all, it is asked for in words. */
  private askTeam(question: string): void {
    this.question.set(this.team() ? question.replace(/:.*/, '.') : question);
    this.team.set(this.teams()[0] ?? '');
    this.submission.clear();
  }
}
