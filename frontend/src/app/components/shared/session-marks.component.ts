import { Component, computed, input } from '@angular/core';

import { Session } from '../../models/models';
import { priorityLook, priorityMark } from '../../state/priority-words';

/** The priority of a session, when it is not the normal one, and its tags, as many as there is room for. */
@Component({
  selector: 'app-session-marks',
  template: `
    @if (priority(); as mark) {
      <span class="tag" [class]="look()">{{ mark }}</span>
    }
    @for (tag of shown(); track tag) {
      <span class="tag own clip" [title]="tag">{{ tag }}</span>
    }
    @if (more(); as count) {
      <span class="tag own" [title]="hidden()">+{{ count }}</span>
    }
  `,
  styleUrl: './session-marks.component.css',
})
export class SessionMarksComponent {
  readonly session = input.required<Pick<Session, 'tags' | 'priority'>>();
  readonly most = input(3);

  protected readonly priority = computed(() => priorityMark(this.session().priority));
  protected readonly look = computed(() => priorityLook(this.session().priority));
  protected readonly shown = computed(() => this.session().tags.slice(0, this.most()));
  protected readonly more = computed(() => this.session().tags.length - this.shown().length);
  protected readonly hidden = computed(() => this.session().tags.slice(this.most()).join(', '));
}
