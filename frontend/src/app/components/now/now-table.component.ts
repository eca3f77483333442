import {
  Component,
  DestroyRef,
  ElementRef,
  afterNextRender,
  computed,
  inject,
  input,
  output,
  signal,
  viewChild,
} from '@angular/core';

import { NowRow } from '../../models/models';
import { Layout } from '../../services/layout.service';
import { Account } from '../../services/account.service';
import { NowLine } from '../../state/now-view';
import { isShortcut } from '../shared/shortcut';
import { NowRowComponent } from './now-row.component';
import { Picked } from './picked';

const ROW = 36;
const CARD = 92;
const HEADING = 32;
/** Lines that are drawn above and below what is seen, so that a quick scroll and the Tab key meet them. */
const BEYOND = 8;

/** The lines of the table, of which only those in view are drawn. */
@Component({
  selector: 'app-now-table',
  imports: [NowRowComponent],
  template: `
    <div role="table" aria-label="Runs" i18n-aria-label [attr.aria-rowcount]="lines().length + 1">
      <div role="row" class="head" aria-rowindex="1">
        <span role="columnheader"><span class="sr" i18n="a column|">Choose</span></span>
        <span i18n role="columnheader">Status</span>
        <span i18n role="columnheader">Agent</span>
        <span i18n role="columnheader">Session</span>
        <span role="columnheader" i18n="a column|what an agent does now">Now</span>
        <span role="columnheader" class="figure" i18n="a column|for how long">Since</span>
        <span i18n role="columnheader" class="figure">Tokens</span>
        <span i18n role="columnheader" class="figure">Cost</span>
        <span role="columnheader"><span i18n class="sr">Stop, or try again</span></span>
      </div>
      <div
        #scroll
        role="rowgroup"
        class="scroll"
        (scroll)="onScroll(scroll)"
        (pointerenter)="over.set(true)"
        (pointerleave)="over.set(false); pointed = ''"
        (focusin)="within.set(true)"
        (focusout)="within.set(false)"
      >
        <div role="presentation" class="room" [style.height.px]="height()">
          @for (shown of seen(); track shown.line.id) {
            <div
              role="presentation"
              class="line"
              [style.height.px]="shown.height"
              [style.transform]="'translateY(' + shown.top + 'px)'"
            >
              @if (shown.line.kind === 'row') {
                <app-now-row
                  [attr.aria-rowindex]="shown.at + 2"
                  [row]="shown.line.row"
                  [gone]="shown.line.gone"
                  [pickable]="pickable()"
                  [picked]="picked().has(shown.line.id)"
                  [mayChange]="mayChange()(shown.line.row)"
                  [triedAgain]="triedAgain().has(shown.line.id)"
                  (pick)="picked().toggle(shown.line.id, $event)"
                  (pointerenter)="pointed = shown.line.id"
                  (stop)="stop.emit(shown.line.row)"
                  (again)="again.emit(shown.line.row)"
                />
              } @else {
                <div role="row" class="group" [attr.aria-rowindex]="shown.at + 2">
                  <span role="rowheader">{{ shown.line.name }}</span> <span role="cell">{{ shown.line.count }}</span>
                </div>
              }
            </div>
          }
        </div>
      </div>
    </div>
  `,
  styleUrl: './now-table.component.css',
  host: { '(document:keydown)': 'onKey($event)' },
})
export class NowTableComponent {
  readonly lines = input.required<readonly NowLine[]>();
  readonly picked = input.required<Picked>();
  readonly mayChange = input.required<(row: NowRow) => boolean>();
  /** The rows whose questions were asked again just now. */
  readonly triedAgain = input<ReadonlySet<string>>(new Set());
  readonly stop = output<NowRow>();
  readonly again = output<NowRow>();

  private readonly layout = inject(Layout);
  private readonly scroll = viewChild.required<ElementRef<HTMLElement>>('scroll');
  private readonly account = inject(Account);
  protected readonly pickable = computed(
    () => this.account.mayWork() && (!this.layout.phone() || this.picked().choosing()),
  );
  /** The row that the pointer is on. */
  protected pointed = '';
  private readonly top = signal(0);
  private readonly room = signal(0);
  protected readonly over = signal(false);
  protected readonly within = signal(false);
  /** Whether somebody reads the lines: they are to stay in their places meanwhile. */
  readonly reading = computed(() => this.over() || this.within() || this.top() > 0);

  private readonly tops = computed(() => {
    const row = this.layout.phone() ? CARD : ROW;
    const tops = [0];
    for (const line of this.lines()) tops.push((tops.at(-1) ?? 0) + (line.kind === 'row' ? row : HEADING));
    return tops;
  });
  protected readonly height = computed(() => this.tops().at(-1) ?? 0);
  private readonly first = computed(() => Math.max(0, firstAfter(this.tops(), this.top()) - 1 - BEYOND));
  private readonly last = computed(() => firstAfter(this.tops(), this.top() + this.room()) + BEYOND);
  protected readonly seen = computed(() => {
    const tops = this.tops();
    const first = this.first();
    return this.lines()
      .slice(first, this.last())
      .map((line, index) => {
        const top = tops[first + index] ?? 0;
        return { line, at: first + index, top, height: (tops[first + index + 1] ?? top) - top };
      });
  });

  constructor() {
    const destroy = inject(DestroyRef);
    afterNextRender(() => {
      const element = this.scroll().nativeElement;
      const watching = new ResizeObserver(() => this.room.set(element.clientHeight));
      watching.observe(element);
      destroy.onDestroy(() => watching.disconnect());
    });
  }

  toTop(): void {
    this.scroll().nativeElement.scrollTop = 0;
  }

  /** x chooses the row that has the focus, or that the pointer is on; Escape chooses none. */
  protected onKey(event: KeyboardEvent): void {
    const { target } = event;
    const onBox = target instanceof HTMLInputElement && target.type === 'checkbox';
    if (!(isShortcut(event) || onBox) || document.querySelector('dialog[open]')) return;
    if (event.key === 'Escape') this.picked().clear();
    if (event.key.toLowerCase() !== 'x' || !this.pickable()) return;
    const focused = target instanceof Element ? target.closest<HTMLElement>('app-now-row')?.dataset['row'] : undefined;
    const id = focused ?? this.pointed;
    if (id) this.picked().toggle(id, event.shiftKey);
  }

  protected onScroll(element: HTMLElement): void {
    this.top.set(element.scrollTop);
  }
}

/** The place of the first that is greater; the numbers ascend. */
function firstAfter(ascending: readonly number[], wanted: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
