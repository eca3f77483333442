import { Component, computed, inject } from '@angular/core';

import { SessionsService } from '../../services/sessions.service';
import { TagsService } from '../../services/tags.service';
import { PRIORITIES, Priority } from '../../state/priority-words';
import { MenuComponent, MenuItem } from '../shared/menu.component';

const ANY = '';
const ANY_TAG = $localize`Any tag`;
const ANY_PRIORITY = $localize`Any priority`;

/** Which sessions are listed: those with one tag, those with one priority, or all. */
@Component({
  selector: 'app-session-filter',
  imports: [MenuComponent],
  template: `
    <app-menu
      [label]="labels().tag"
      [look]="list.tag() ? 'filter on' : 'filter'"
      [items]="tags()"
      (click)="known.load()"
      (chosen)="chooseTag($event)"
    >
      <span class="clip">{{ list.tag() ?? anyTag }}</span>
    </app-menu>
    <app-menu
      [label]="labels().priority"
      [look]="list.priority() ? 'filter on' : 'filter'"
      [items]="priorities()"
      (chosen)="choosePriority($event)"
    >
      <span class="clip">{{ priorityWords() }}</span>
    </app-menu>
  `,
  styleUrl: './session-filter.component.css',
  host: { role: 'group', '[attr.aria-label]': 'group' },
})
export class SessionFilterComponent {
  protected readonly list = inject(SessionsService);
  protected readonly known = inject(TagsService);

  protected readonly group = $localize`Filters`;
  protected readonly anyTag = ANY_TAG;
  protected readonly tags = computed<MenuItem[]>(() => {
    const chosen = this.list.tag();
    const known = this.known.known();
    const all = chosen && !known.some(({ tag }) => tag === chosen) ? [{ tag: chosen, sessions: 0 }, ...known] : known;
    return [
      { id: ANY, label: ANY_TAG, checked: chosen === null },
      ...all.map(({ tag, sessions }) => ({ id: tag, label: `${tag} (${sessions})`, checked: tag === chosen })),
    ];
  });

  protected readonly priorities = computed<MenuItem[]>(() => [
    { id: ANY, label: ANY_PRIORITY, checked: this.list.priority() === null },
    ...PRIORITIES.map(({ id, label }) => ({ id, label, checked: id === this.list.priority() })),
  ]);

  protected readonly priorityWords = computed(
    () => PRIORITIES.find(({ id }) => id === this.list.priority())?.label ?? ANY_PRIORITY,
  );
  protected readonly labels = computed(() => ({
    tag: $localize`${this.list.tag() ?? ANY_TAG}:tag:: filter by tag`,
    priority: $localize`${this.priorityWords()}:priority:: filter by priority`,
  }));

  constructor() {
    void this.known.load();
  }

  protected chooseTag(tag: string): void {
    void this.list.filter({ tag: tag === ANY ? null : tag });
  }

  protected choosePriority(priority: string): void {
    void this.list.filter({ priority: priority === ANY ? null : (priority as Priority) });
  }
}
