import { Component, input, model } from '@angular/core';
import { RouterLink } from '@angular/router';

import { count } from '../../state/format';
import { HEALTHS, Health, healthDot, healthWords } from '../../state/now-words';
import { NowChoice, NowGroup, NowSort } from '../../state/now-view';

/** How many there are of each, which are shown, and how. */
@Component({
  selector: 'app-now-toolbar',
  imports: [RouterLink],
  template: `
    <div class="counts" role="group" aria-label="Show only" i18n-aria-label>
      @for (health of healths; track health) {
        <button
          type="button"
          [attr.aria-pressed]="choice().status === health"
          [class.none]="!counts().get(health)"
          (click)="toggle(health)"
        >
          <span class="dot" [class]="dot(health)"></span>{{ words(health) }}
          <b>{{ counted() ? number(counts().get(health) ?? 0) : '–' }}</b>
        </button>
      }
    </div>
    <div class="fields">
      <input
        #text
        type="search"
        class="field"
        placeholder="Filter"
        i18n-placeholder="in a field|"
        aria-label="Filter by session, agent or step"
        i18n-aria-label
        [value]="choice().text"
        (input)="change({ text: text.value })"
      />
      <select
        #agent
        class="select"
        aria-label="Agent"
        i18n-aria-label
        (change)="change({ agent: agent.value || null })"
      >
        <option i18n value="" [selected]="choice().agent === null">All agents</option>
        @for (name of offered(); track name) {
          <option [value]="name" [selected]="choice().agent === name">{{ name }}</option>
        }
      </select>
      <select
        #group
        class="select"
        aria-label="Group"
        i18n-aria-label="how runs are put together|"
        (change)="change({ group: asGroup(group.value) })"
      >
        <option i18n value="none" [selected]="choice().group === 'none'">Not grouped</option>
        <option i18n value="agent" [selected]="choice().group === 'agent'">By agent</option>
        <option i18n value="status" [selected]="choice().group === 'status'">By status</option>
      </select>
      <select
        #sort
        class="select"
        aria-label="Order"
        i18n-aria-label="which comes first|"
        (change)="change({ sort: asSort(sort.value) })"
      >
        <option i18n value="attention" [selected]="choice().sort === 'attention'">Attention first</option>
        <option i18n value="newest" [selected]="choice().sort === 'newest'">Newest first</option>
        <option i18n value="longest" [selected]="choice().sort === 'longest'">Longest first</option>
        <option i18n value="tokens" [selected]="choice().sort === 'tokens'">Most tokens first</option>
        <option i18n value="cost" [selected]="choice().sort === 'cost'">Most expensive first</option>
      </select>
      <a
        class="wall wide-only"
        routerLink="/now"
        [queryParams]="{ wall: '' }"
        queryParamsHandling="merge"
        i18n="a view for a big screen|"
        >Wall</a
      >
    </div>
  `,
  styleUrl: './now-toolbar.component.css',
})
export class NowToolbarComponent {
  readonly counts = input.required<ReadonlyMap<Health, number>>();
  /** Whether it is known how many there are. */
  readonly counted = input.required<boolean>();
  readonly offered = input.required<readonly string[]>();
  readonly choice = model.required<NowChoice>();

  protected readonly healths = HEALTHS;
  protected readonly words = healthWords;
  protected readonly dot = healthDot;
  protected readonly number = count;

  protected toggle(status: Health): void {
    this.change({ status: this.choice().status === status ? null : status });
  }

  protected change(change: Partial<NowChoice>): void {
    this.choice.update((before) => ({ ...before, ...change }));
  }

  protected asGroup(value: string): NowGroup {
    return value as NowGroup;
  }

  protected asSort(value: string): NowSort {
    return value as NowSort;
  }
}
