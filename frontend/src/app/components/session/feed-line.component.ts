import { Component, computed, inject, input } from '@angular/core';

import { AgentColours } from '../../services/agent-colours.service';
import { FeedLine } from '../../state/feed';
import { clockTime } from '../../state/format';
import { MarkedComponent } from '../shared/marked.component';
import { kindWord, statusWord } from './event-words';

/** One event; a button where it tells of a step. */
@Component({
  selector: 'app-feed-line',
  imports: [MarkedComponent],
  template: `
    <button
      type="button"
      class="line"
      [class.sought]="sought()"
      [attr.aria-current]="sought() || null"
      [disabled]="line().stepKey === null"
    >
      <time>{{ time() }}</time>
      <span class="agent" [class]="colour()">
        @if (line().agent) {
          <span class="dot" aria-hidden="true"></span>
        }
        <span class="clip">{{ line().agent || line().person || 'Ringside' }}</span>
      </span>
      <span class="kind-name quiet">{{ kind() }}</span>
      <span class="status" [class]="line().status">{{ status() }}</span>
      <span class="text clip">
        @if (words() === '') {
          <span>{{ line().text }}</span>
        } @else {
          <app-marked [text]="line().text" [words]="words()" />
        }
        @if (line().details) {
          <small>{{ line().details }}</small>
        }
      </span>
    </button>
  `,
  styleUrl: './feed-line.component.css',
})
export class FeedLineComponent {
  private readonly colours = inject(AgentColours);
  readonly line = input.required<FeedLine>();
  /** What is searched for. */
  readonly words = input('');
  /** Whether it is what is looked at. */
  readonly sought = input(false);

  protected readonly kind = computed(() => kindWord(this.line().kind));
  protected readonly status = computed(() => statusWord(this.line().status));
  protected readonly time = computed(() => clockTime(this.line().at));
  protected readonly colour = computed(() => (this.line().agent ? this.colours.look(this.line().agent) : ''));
}
