import { Component, computed, input, model } from '@angular/core';

import { count } from '../../state/format';
import { StepFilter } from '../../state/step-filter';
import { IconComponent } from '../shared/icon.component';
import { kindWord, statusWord } from './event-words';
import { Finder } from './finder';

const KINDS: readonly string[] = ['step', 'tool', 'model', 'handoff', 'approval', 'other'];
const STATUSES: readonly string[] = ['started', 'in-progress', 'completed', 'failed', 'cancelled', 'waiting'];

/** Search, and what is left out; beside them, what else a view offers. */
@Component({
  selector: 'app-step-tools',
  imports: [IconComponent],
  template: `
    <div class="tools" role="search" [attr.aria-label]="label()">
      <input
        #search
        class="field"
        type="search"
        placeholder="Search activity"
        i18n-placeholder
        aria-label="Search activity"
        i18n-aria-label
        [value]="filter().search"
        (input)="set({ search: search.value })"
        (keydown.enter)="finder()?.go(1)"
        (keydown.shift.enter)="finder()?.go(-1)"
      />
      @if (finder(); as finder) {
        @if (finder.summary(); as summary) {
          <span class="found" role="status">{{ summary }}</span>
          <button
            type="button"
            class="icon-button"
            aria-label="Previous match"
            i18n-aria-label
            title="Previous match (Shift+Enter)"
            i18n-title
            [disabled]="!finder.any()"
            (click)="finder.go(-1)"
          >
            <app-icon name="up" />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label="Next match"
            i18n-aria-label
            title="Next match (Enter)"
            i18n-title
            [disabled]="!finder.any()"
            (click)="finder.go(1)"
          >
            <app-icon name="down" />
          </button>
        }
      }
      <select
        #agent
        class="select"
        aria-label="Agent"
        i18n-aria-label
        [value]="filter().agent"
        (change)="set({ agent: agent.value })"
      >
        <option value="" i18n>All agents</option>
        @for (name of agents(); track name) {
          <option [value]="name" [selected]="name === filter().agent">{{ name }}</option>
        }
      </select>
      <select
        #kind
        class="select"
        aria-label="Kind"
        i18n-aria-label
        [value]="filter().kind"
        (change)="set({ kind: kind.value })"
      >
        <option value="" i18n>All kinds</option>
        @for (name of kinds(); track name) {
          <option [value]="name">{{ kindWord(name) }}</option>
        }
      </select>
      <select
        #status
        class="select"
        aria-label="Status"
        i18n-aria-label
        [value]="filter().status"
        (change)="set({ status: status.value })"
      >
        <option value="" i18n>Any status</option>
        @for (name of statuses(); track name) {
          <option [value]="name">{{ statusWord(name) }}</option>
        }
      </select>
      @if (missing(); as words) {
        <span class="found" title="The server keeps only the newest events of a session" i18n-title>{{ words }}</span>
      }
      <ng-content />
    </div>
  `,
  styleUrl: './step-tools.component.css',
})
export class StepToolsComponent {
  readonly label = input.required<string>();
  readonly filter = model.required<StepFilter>();
  readonly agents = input.required<readonly string[]>();
  readonly kinds = input(KINDS);
  readonly statuses = input(STATUSES);
  /** Steps from match to match; null where the view leaves out what does not match. */
  readonly finder = input<Finder | null>(null);
  /** The oldest event that there is; above 1 where the server no longer keeps the beginning. */
  readonly first = input(1);

  protected readonly kindWord = kindWord;
  protected readonly statusWord = statusWord;
  protected readonly missing = computed(() =>
    this.first() > 1 ? $localize`Without the first ${count(this.first() - 1)}:count: events` : '',
  );

  protected set(part: Partial<StepFilter>): void {
    this.filter.update((filter) => ({ ...filter, ...part }));
  }
}
