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
    <div class="counts" role="group" aria-label="Show only">
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
        aria-label="Filter by session, agent or step"
        [value]="choice().text"
        (input)="change({ text: text.value })"
      />
      <select #agent class="select" aria-label="Agent" (change)="change({ agent: agent.value || null })">
        <option value="" [selected]="choice().agent === null">All agents</option>
        @for (name of offered(); track name) {
          <option [value]="name" [selected]="choice().agent === name">{{ name }}</option>
        }
      </select>
      <select #group class="select" aria-label="Group" (change)="change({ group: asGroup(group.value) })">
        <option value="none" [selected]="choice().group === 'none'">Not grouped</option>
        <option value="agent" [selected]="choice().group === 'agent'">By agent</option>
        <option value="status" [selected]="choice().group === 'status'">By status</option>
      </select>
      <select #sort class="select" aria-label="Order" (change)="change({ sort: asSort(sort.value) })">
        <option value="attention" [selected]="choice().sort === 'attention'">Attention first</option>
        <option value="newest" [selected]="choice().sort === 'newest'">Newest first</option>
        <option value="longest" [selected]="choice().sort === 'longest'">Longest first</option>
        <option value="tokens" [selected]="choice().sort === 'tokens'">Most tokens first</option>
        <option value="cost" [selected]="choice().sort === 'cost'">Most expensive first</option>
      </select>
      <a class="wall wide-only" routerLink="/now" [queryParams]="{ wall: '' }" queryParamsHandling="merge">Wall</a>
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
