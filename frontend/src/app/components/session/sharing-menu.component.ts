import { Component, computed, input, output } from '@angular/core';

import { Me, Session } from '../../models/models';
import { IconComponent } from '../shared/icon.component';
import { MenuComponent, MenuItem } from '../shared/menu.component';

/** Who can watch a session: its owner alone or the team, and whoever has a link. */
@Component({
  selector: 'app-sharing-menu',
  imports: [IconComponent, MenuComponent],
  template: `
    <app-menu label="Who can watch" look="button sharing" [items]="items()" (chosen)="choose($event)">
      <app-icon [name]="session().shared ? 'shared' : 'private'" /><span class="wide-only">{{
        session().shared ? 'Shared' : 'Private'
      }}</span>
    </app-menu>
  `,
})
export class SharingMenuComponent {
  readonly session = input.required<Session>();
  readonly me = input.required<Me | null>();
  readonly shared = output<boolean>();
  readonly links = output();

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
    if (item === 'links') this.links.emit();
    else if ((item === 'shared') !== this.session().shared) this.shared.emit(item === 'shared');
  }
}
