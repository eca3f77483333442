import { Component, effect, inject, signal } from '@angular/core';
import { Router } from '@angular/router';

import { Account } from '../services/account.service';
import { Submission } from '../services/submission';
import { TeamApi } from '../services/team-api';
import { AuditTrailComponent } from './audit-trail.component';
import { InvitationsComponent } from './invitations.component';
import { PageComponent } from './page.component';
import { TabListComponent } from './tab-list.component';
import { UsersComponent } from './users.component';

type Tab = 'people' | 'audit';

/** The team, for its administrators: its name, its people, who is invited, and what was done. */
@Component({
  selector: 'app-team',
  imports: [AuditTrailComponent, InvitationsComponent, PageComponent, TabListComponent, UsersComponent],
  template: `
    <app-page heading="Team">
      <form class="form-row team-name" (submit)="$event.preventDefault(); rename(field.value)">
        <label for="team-name">Name</label>
        <input #field id="team-name" class="field" required maxlength="200" autocomplete="off" [value]="account.me()?.team?.name" (input)="changed.set(field.value.trim() !== account.me()?.team?.name)" />
        @if (changed()) { <button type="submit" class="button" [disabled]="submission.busy()">Rename</button> }
        <p class="form-error" role="alert">{{ submission.error() }}</p>
      </form>
      <div class="tabs page-tabs"><app-tab-list label="Parts of the team" panel="team-panel" [tabs]="tabs" [(chosen)]="tab" /></div>
      <div id="team-panel" role="tabpanel" [attr.aria-labelledby]="'tab-' + tab()">
        @if (tab() === 'people') {
          <app-users />
          <app-invitations />
        } @else {
          <app-audit-trail />
        }
      </div>
    </app-page>
  `,
})
export class TeamComponent {
  protected readonly account = inject(Account);
  private readonly api = inject(TeamApi);
  protected readonly tabs: readonly { id: Tab; label: string }[] = [
    { id: 'people', label: 'People' },
    { id: 'audit', label: 'Audit trail' },
  ];
  protected readonly tab = signal<Tab>('people');
  protected readonly changed = signal(false);
  protected readonly submission = new Submission();

  constructor() {
    const router = inject(Router);
    // Administrators can take the role from themselves.
    effect(() => {
      if (this.account.me() && !this.account.isAdministrator()) void router.navigateByUrl('/');
    });
  }

  protected async rename(name: string): Promise<void> {
    await this.submission.send(async () => {
      this.account.rename((await this.api.rename(name)).name);
      this.changed.set(false);
    });
  }
}
