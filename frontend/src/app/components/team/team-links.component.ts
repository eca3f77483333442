import { Component, inject, resource, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { TeamLink } from '../../models/models';
import { Clock } from '../../services/clock.service';
import { TeamApi } from '../../services/team-api';
import { moment } from '../../state/format';
import { ConfirmComponent } from '../shared/confirm.component';
import { Submission } from '../shared/submission';
import { PagedFootComponent } from './paged-foot.component';
import { PagedList } from './paged-list';

const PAGE = 50;

/** Every spectator link of the team that works: who made it, where it leads, until when, and whether it is used. */
@Component({
  selector: 'app-team-links',
  imports: [ConfirmComponent, PagedFootComponent, RouterLink],
  template: `
    <section aria-label="Spectator links" i18n-aria-label>
      <div class="form-row">
        <label i18n for="links-made-by">Made by</label>
        <select
          #maker
          id="links-made-by"
          class="field"
          [disabled]="list.submission.busy()"
          (change)="filter(maker.value)"
        >
          <option i18n="made by|" value="">Anybody</option>
          @for (user of users.value() ?? []; track user.id) {
            <option [value]="user.id">{{ user.name }}</option>
          }
        </select>
      </div>
      <p class="form-error" role="alert">{{ submission.error() }}</p>
      @if (list.entries().length > 0) {
        <div class="table-scroll" tabindex="0" role="group" aria-label="Links" i18n-aria-label>
          <table class="table">
            <thead>
              <tr>
                <th i18n>Session</th>
                <th i18n class="wide-only">Made by</th>
                <th i18n class="wide-only">Made</th>
                <th i18n>Expires</th>
                <th i18n>Last used</th>
                <th><span i18n class="sr">Revoke</span></th>
              </tr>
            </thead>
            <tbody>
              @for (link of list.entries(); track link.id) {
                <tr>
                  <th scope="row" class="title">
                    <div class="clip" [title]="where(link)">
                      @if (link.session_id; as id) {
                        <a class="link" [routerLink]="['/sessions', id]">{{ link.session_title }}</a>
                      } @else {
                        {{ where(link) }}
                      }
                    </div>
                    <small i18n class="phone-only">by {{ link.made_by }}</small>
                    @if (link.hides_tool_data) {
                      <span i18n class="tag">without tool data</span>
                    }
                  </th>
                  <td class="wide-only">{{ link.made_by }}</td>
                  <td class="wide-only">{{ time(link.created_at) }}</td>
                  <td class="nowrap">{{ time(link.expires_at) }}</td>
                  <td class="nowrap">{{ time(link.last_used_at) }}</td>
                  <td class="last">
                    <button
                      i18n
                      type="button"
                      class="link danger"
                      [attr.aria-label]="revokeWords(link)"
                      (click)="revoking.set(link)"
                    >
                      Revoke…
                    </button>
                  </td>
                </tr>
              }
            </tbody>
          </table>
        </div>
      } @else if (!list.more()) {
        <p i18n class="nothing">There are no spectator links that work.</p>
      }
      <app-paged-foot [list]="list" />
    </section>
    @if (revoking(); as link) {
      <app-confirm
        heading="Revoke this link?"
        i18n-heading
        action="Revoke link"
        i18n-action
        text="Whoever watches {{ where(link) }} by this link is cut off within ten seconds."
        i18n-text
        (closed)="revoke(link, $event)"
      />
    }
  `,
})
export class TeamLinksComponent {
  private readonly api = inject(TeamApi);
  private readonly clock = inject(Clock);
  protected readonly submission = new Submission();
  protected readonly revoking = signal<TeamLink | null>(null);
  protected readonly users = resource({ loader: () => this.api.users() });
  private madeBy: string | null = null;
  protected readonly list = new PagedList<TeamLink>(async (cursor) => {
    const { links, next_cursor } = await this.api.teamLinks(this.madeBy, cursor, PAGE);
    return { entries: links, next_cursor };
  });

  protected time(at: string | null): string {
    return at === null ? $localize`never` : moment(Date.parse(at), this.clock.now());
  }

  protected revokeWords(link: TeamLink): string {
    return $localize`Revoke the link to ${this.where(link)}:session:`;
  }

  /** Of a session that is private, no more than whose it is. */
  protected where(link: TeamLink): string {
    if (link.session_title !== null) return link.session_title;
    return link.session_owner === null
      ? $localize`a private session of the team`
      : $localize`a private session of ${link.session_owner}:name:`;
  }

  protected filter(user: string): void {
    this.madeBy = user || null;
    void this.list.restart();
  }

  protected async revoke(link: TeamLink, sure: boolean): Promise<void> {
    this.revoking.set(null);
    if (!sure) return;
    await this.submission.send(async () => {
      await this.api.revokeTeamLink(link.id);
      this.list.remove(link);
    });
  }
}
