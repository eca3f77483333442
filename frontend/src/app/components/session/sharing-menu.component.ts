import { Component, computed, input, output } from '@angular/core';

import { Me, Session } from '../../models/models';
import { IconComponent } from '../shared/icon.component';
import { MenuComponent, MenuItem } from '../shared/menu.component';

/** Who can watch a session: its owner alone or the team, and whoever has a link. */
@Component({
  selector: 'app-sharing-menu',
  imports: [IconComponent, MenuComponent],
  template: `
    <app-menu [label]="words() + ': who can watch'" look="button sharing" [items]="items()" (chosen)="choose($event)">
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
    const who = this.session().shared ? 'Shared' : 'Private';
    if (this.links() === 0) return who;
    return `${this.session().shared ? 'Team' : 'You'} and ${this.links() === 1 ? '1 link' : `${this.links()} links`}`;
  });
  protected readonly items = computed<MenuItem[]>(() => [
    // Only a session's owner has a say in this.
    ...(this.session().mine
      ? [
          { id: 'private', label: 'Private', checked: !this.session().shared },
          { id: 'shared', label: `Shared with ${this.me()?.team.name ?? 'the team'}`, checked: this.session().shared },
        ]
      : []),
    { id: 'links', label: 'Spectator links…' },
  ]);

  protected choose(item: string): void {
    if (item === 'links') this.linksAsked.emit();
    else if ((item === 'shared') !== this.session().shared) this.shared.emit(item === 'shared');
  }
}
