import { Component, computed, input, output } from '@angular/core';

import { Me, Session } from '../../models/models';
import { IconComponent } from '../shared/icon.component';
import { MenuComponent, MenuItem } from '../shared/menu.component';

const SHARED = $localize`:a session|:Shared`;
const PRIVATE = $localize`:a session|:Private`;

function sharedWith(team: string | undefined): string {
  return team === undefined ? $localize`Shared with the team` : $localize`Shared with ${team}:team:`;
}

/** Who can watch a session: its owner alone or the team, and whoever has a link. */
@Component({
  selector: 'app-sharing-menu',
  imports: [IconComponent, MenuComponent],
  template: `
    <app-menu
      label="{{ words() }}: who can watch"
      i18n-label
      look="button sharing"
      [items]="items()"
      (chosen)="choose($event)"
    >
      <app-icon [name]="session().shared ? 'shared' : links() > 0 ? 'link' : 'private'" /><span class="wide-only">{{
        words()
      }}</span>
    </app-menu>
  `,
})
export class SharingMenuComponent {
  readonly session = input.required<Session>();
  /** How many links there are by which others watch. */
  readonly links = input(0);
  readonly me = input.required<Me | null>();
  readonly shared = output<boolean>();
  readonly linksAsked = output();

  /** Who may watch. */
  protected readonly words = computed(() => {
    const [shared, links] = [this.session().shared, this.links()];
    if (links === 0) return shared ? SHARED : PRIVATE;
    if (links === 1) return shared ? $localize`Team and 1 link` : $localize`You and 1 link`;
    return shared ? $localize`Team and ${links}:count: links` : $localize`You and ${links}:count: links`;
  });
  protected readonly items = computed<MenuItem[]>(() => [
    // Only a session's owner has a say in this.
    ...(this.session().mine
      ? [
          { id: 'private', label: PRIVATE, checked: !this.session().shared },
          { id: 'shared', label: sharedWith(this.me()?.team.name), checked: this.session().shared },
        ]
      : []),
    { id: 'links', label: $localize`Spectator links…` },
  ]);

  protected choose(item: string): void {
    if (item === 'links') this.linksAsked.emit();
    else if ((item === 'shared') !== this.session().shared) this.shared.emit(item === 'shared');
  }
}
