import { Component, inject, output, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { User } from '../../models/models';
import { TeamApi } from '../../services/team-api';
import { ROLES, Role } from '../../state/role-words';
import { Submission } from '../shared/submission';

/** Makes accounts for programs, which outlast the people who make them. */
@Component({
  selector: 'app-service-accounts',
  imports: [RouterLink],
  template: `
    <section aria-labelledby="service-accounts">
      <h2 i18n id="service-accounts">Service accounts</h2>
      <form class="form-row" (submit)="$event.preventDefault(); make($any(role.value))">
        <label i18n for="service-name">Name</label>
        <input
          #field
          id="service-name"
          class="field"
          required
          maxlength="200"
          autocomplete="off"
          [value]="name()"
          (input)="name.set(field.value)"
        />
        <label i18n for="service-role">Role</label>
        <select #role id="service-role" class="field">
          @for (one of roles; track one.role) {
            <option [value]="one.role" [selected]="one.role === 'member'">{{ one.label }}</option>
          }
        </select>
        <button i18n type="submit" class="button primary" [disabled]="submission.busy()">Create account</button>
      </form>
      <p i18n class="field-hint">
        For a program of the team. It cannot sign in, has <a routerLink="/keys">API keys</a> only, and goes on working
        when whoever made it leaves.
      </p>
      <p class="form-error" role="alert">{{ submission.error() }}</p>
      @if (made(); as user) {
        <p i18n class="outcome" role="status">{{ user.name }} is there. Now make a key for it under API keys.</p>
      }
    </section>
  `,
})
export class ServiceAccountsComponent {
  /** The account that was made. */
  readonly added = output<User>();

  private readonly api = inject(TeamApi);
  protected readonly roles = ROLES;
  protected readonly submission = new Submission();
  protected readonly name = signal('');
  protected readonly made = signal<User | null>(null);

  protected async make(role: Role): Promise<void> {
    this.made.set(null);
    await this.submission.send(async () => {
      const user = await this.api.makeServiceAccount({ name: this.name(), role });
      this.made.set(user);
      this.name.set('');
      this.added.emit(user);
    });
  }
}
