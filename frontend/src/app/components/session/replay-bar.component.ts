import { Component, computed, inject, input } from '@angular/core';

import { Calm } from '../../services/calm.service';
import { PACES, Replay } from '../../services/replay';
import { SessionState } from '../../state/session-state';
import { clockTime, count, eventsOf } from '../../state/format';
import { IconComponent } from '../shared/icon.component';
import { isShortcut } from '../shared/shortcut';

const WORDS = {
  pause: $localize`:the replay|:Pause`,
  pauseView: $localize`Pause the view`,
  play: $localize`:the replay|:Play`,
  playAll: $localize`Play from the beginning`,
};

/** Holds the view still while the session goes on, leads back to any moment, and plays from there. */
@Component({
  selector: 'app-replay-bar',
  imports: [IconComponent],
  template: `
    <div class="bar" role="group" aria-label="Moment that is shown" i18n-aria-label>
      <button
        type="button"
        class="icon-button"
        [attr.aria-label]="button()"
        [title]="button() + ' (P)'"
        [disabled]="empty()"
        (click)="toggle()"
      >
        <app-icon [name]="pauses() ? 'pause' : 'play'" />
      </button>
      <select
        #pace
        class="select"
        aria-label="Pace of the replay"
        i18n-aria-label
        [disabled]="empty()"
        (change)="replay().setPace(+pace.value)"
      >
        @for (one of paces; track one) {
          <option [value]="one" [selected]="one === replay().chosenPace()">{{ one }} ×</option>
        }
      </select>
      <input
        #slider
        type="range"
        aria-label="Moment of the session"
        i18n-aria-label
        step="1"
        [min]="now().kept - 1"
        [max]="newest()"
        [value]="cursor()"
        [disabled]="empty()"
        [attr.aria-valuetext]="place()"
        (input)="seek(+slider.value)"
      />
      <span class="words clip" role="status" [attr.aria-live]="replay().isPlaying() ? 'off' : 'polite'">{{
        words()
      }}</span>
      <span class="ways">
        @if (away()) {
          @if (replay().isPast()) {
            <button type="button" class="link" i18n="with what goes on meanwhile|" (click)="replay().catchUp()">
              Catch up
            </button>
          }
          <button type="button" class="link" title="Show what is now (L)" i18n-title (click)="replay().toNow()">
            @if (resting()) {
              <ng-container i18n>To the end</ng-container>
            } @else {
              <ng-container i18n>Live</ng-container>
            }
          </button>
        }
      </span>
    </div>
  `,
  styleUrl: './replay-bar.component.css',
  host: { '(document:keydown)': 'onKey($event)', '[class.past]': 'away()' },
})
export class ReplayBarComponent {
  readonly replay = input.required<Replay>();
  /** What is known now, whatever is shown. */
  readonly now = input.required<SessionState>();
  /** Whether nothing goes on: then there is nothing to pause. */
  readonly resting = input.required<boolean>();

  protected readonly paces = PACES;
  protected readonly empty = computed(() => this.now().log.length === 0);
  /** Whether an earlier moment is shown, or looked for. */
  protected readonly away = computed(() => this.replay().isPast() || this.replay().isLoading());
  protected readonly pauses = computed(() => this.replay().isPlaying() || (!this.away() && !this.resting()));
  protected readonly button = computed(() => {
    if (this.pauses()) return this.replay().isPlaying() ? WORDS.pause : WORDS.pauseView;
    return this.replay().isPast() ? WORDS.play : WORDS.playAll;
  });
  private readonly time = computed(() => {
    const moment = this.replay().moment();
    return moment === null ? '' : clockTime(moment).slice(0, 8);
  });
  /** Both grow with each event, and faster while it plays. */
  private readonly cursors = inject(Calm).follow(
    computed(() => {
      const { cursor, log, kept } = this.now();
      return { shown: this.replay().cursor(), newest: cursor, events: log.length, all: cursor - kept + 1 };
    }),
    ({ shown, events, all }) => {
      const [past, plays] = [this.replay().isPast(), this.replay().isPlaying()];
      return `${events === 0} ${all - events} ${past} ${plays} ${past && !plays ? shown : ''}`;
    },
  );
  protected readonly cursor = computed(() => this.cursors().shown);
  protected readonly newest = computed(() => this.cursors().newest);
  protected readonly place = computed(() => {
    const [time, at, all] = [this.time(), count(this.cursor()), count(this.newest())];
    return time === ''
      ? $localize`event ${at}:place: of ${all}:count:`
      : $localize`${time}:time: event ${at}:place: of ${all}:count:`;
  });
  protected readonly words = computed(() => {
    const { events, all, shown, newest } = this.cursors();
    if (this.replay().isLoading()) return $localize`Loading event ${count(shown)}:place: of ${count(newest)}:count:…`;
    if (!this.replay().isPast()) return this.empty() ? '' : eventsOf(events, all);
    const [newer, time] = [newest - shown, this.time()];
    if (this.replay().isPlaying()) {
      return newer === 1
        ? $localize`Playing ${time}:time:, 1 newer event`
        : $localize`Playing ${time}:time:, ${count(newer)}:count: newer events`;
    }
    return newer === 1
      ? $localize`Paused at ${time}:time:, 1 newer event`
      : $localize`Paused at ${time}:time:, ${count(newer)}:count: newer events`;
  });

  protected toggle(): void {
    if (this.pauses()) this.replay().pause();
    else this.replay().play();
  }

  protected seek(seq: number): void {
    this.replay().seek(seq);
  }

  protected onKey(event: KeyboardEvent): void {
    if (!isShortcut(event) || this.empty()) return;
    if (event.key === 'p') this.toggle();
    else if (event.key === 'l') this.replay().toNow();
  }
}
