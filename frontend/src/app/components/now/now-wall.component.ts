import {
  Component,
  DestroyRef,
  ElementRef,
  afterNextRender,
  computed,
  inject,
  input,
  signal,
  viewChild,
} from '@angular/core';
import { Router } from '@angular/router';

import { StreamHealth } from '../../live/event-stream';
import { BROWSER } from '../../services/browser';
import { Clock } from '../../services/clock.service';
import { agentColour } from '../../state/agent-colour';
import { count } from '../../state/format';
import { Placed } from '../../state/now-view';
import { HEALTHS, Health, forHowLong, healthDot, healthOf, healthWords, nameOf, nowWords } from '../../state/now-words';

const TILE = { width: 300, height: 158, gap: 14 };

/** For a big screen that several look at: large, dark, without anything to press but the way back. */
@Component({
  selector: 'app-now-wall',
  template: `
    <main class="always-dark" aria-label="Now, on a wall" i18n-aria-label data-wall>
      <header>
        @for (health of healths; track health) {
          @if (counts().get(health); as many) {
            <p [class]="health">
              <span class="dot" [class]="dot(health)"></span><b>{{ number(many) }}</b> {{ words(health) }}
            </p>
          }
        }
        <span class="spring"></span>
        @if (health() !== 'live') {
          <p i18n class="asks" role="status">Reconnecting…</p>
        }
        <button i18n type="button" class="button" (click)="leave()">Leave the wall</button>
      </header>
      <div #tiles class="tiles">
        <ul class="plain" aria-label="Runs" i18n-aria-label>
          @for (tile of shown(); track tile.id) {
            <li [class]="tile.health">
              <p class="top">
                <span class="dot" [class]="dot(tile.health)"></span>{{ words(tile.health) }} <span class="spring"></span
                ><span class="since">{{ tile.since }}</span>
              </p>
              <h2 class="clip">{{ tile.title }}</h2>
              <p class="clip" [class]="tile.look">
                <b>{{ tile.agent }}</b>
              </p>
              <p class="doing">{{ tile.doing }}</p>
            </li>
          } @empty {
            @if (ready()) {
              <li i18n class="nothing">Nothing runs</li>
            } @else if (missing()) {
              <li class="nothing">
                <p role="status">{{ missing() }}</p>
              </li>
            }
          }
        </ul>
      </div>
      @if (more() > 0) {
        <p i18n class="more">and {{ number(more()) }} more</p>
      }
    </main>
  `,
  styleUrl: './now-wall.component.css',
  host: { '(document:keydown.escape)': 'leave()' },
})
export class NowWallComponent {
  readonly order = input.required<readonly Placed[]>();
  readonly counts = input.required<ReadonlyMap<Health, number>>();
  readonly health = input.required<StreamHealth>();
  readonly ready = input.required<boolean>();
  /** Why there is nothing to see; '' where there is, or may be. */
  readonly missing = input.required<string>();

  protected readonly healths = HEALTHS;
  protected readonly words = healthWords;
  protected readonly dot = healthDot;
  protected readonly number = count;
  private readonly clock = inject(Clock);
  private readonly router = inject(Router);
  private readonly tiles = viewChild.required<ElementRef<HTMLElement>>('tiles');
  /** How many tiles there is room for. */
  private readonly room = signal(0);
  protected readonly more = computed(() => Math.max(0, this.order().length - this.room()));
  protected readonly shown = computed(() =>
    this.order()
      .slice(0, this.room())
      .map(({ row }) => ({
        id: row.row_id,
        health: healthOf(row),
        title: row.session_title,
        agent: row.step?.agent_name ?? nameOf(row),
        look: `c-${agentColour(row.step?.agent_name ?? nameOf(row))}`,
        doing: nowWords(row),
        since: forHowLong(row, this.clock.now()),
      })),
  );

  constructor() {
    const destroy = inject(DestroyRef);
    destroy.onDestroy(inject(BROWSER).keepAwake());
    afterNextRender(() => {
      const element = this.tiles().nativeElement;
      const watching = new ResizeObserver(() => this.room.set(fitting(element.clientWidth, element.clientHeight)));
      watching.observe(element);
      destroy.onDestroy(() => watching.disconnect());
    });
  }

  protected leave(): void {
    void this.router.navigate([], { queryParams: { wall: null }, queryParamsHandling: 'merge' });
  }
}

function fitting(width: number, height: number): number {
  const along = (room: number, size: number): number => Math.max(1, Math.floor((room + TILE.gap) / (size + TILE.gap)));
  return along(width, TILE.width) * along(height, TILE.height);
}
