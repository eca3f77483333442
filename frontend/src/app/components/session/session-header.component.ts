import { Component, ElementRef, computed, effect, inject, input, output, signal, viewChild } from '@angular/core';

import { Connection } from '../../live/connection';
import { Command, Commands } from '../../services/commands.service';
import { ConnectionBadgeComponent } from './connection-badge.component';
import { isComposing } from '../shared/composition';
import { IconComponent } from '../shared/icon.component';
import { SessionSpendingComponent } from './session-spending.component';

const TURNS = { pause: $localize`:a run|:Pause`, resume: $localize`:a run|:Resume` };

/** Title, connection, Pause, Stop, and what else is put there: that stays in its place when these come and go. */
@Component({
  selector: 'app-session-header',
  imports: [ConnectionBadgeComponent, IconComponent, SessionSpendingComponent],
  template: `
    <header class="session-header">
      @if (!guest()) {
        <button
          type="button"
          class="icon-button phone-only"
          aria-label="Sessions"
          i18n-aria-label
          (click)="openSessions.emit()"
        >
          <app-icon name="menu" />
        </button>
      }
      <h1 tabindex="-1">
        @if (readOnly()) {
          <span class="title still clip">{{ title() || ' ' }}</span>
        } @else if (renaming()) {
          <input
            #field
            class="title"
            aria-label="Title of the session"
            i18n-aria-label
            maxlength="200"
            [value]="title()"
            (keydown.enter)="composing($event) || finish(field.value)"
            (keydown.escape)="cancel($event)"
            (blur)="finish(field.value)"
          />
        } @else {
          <button type="button" class="title clip" title="Rename" i18n-title (click)="renaming.set(true)">
            {{ title() || ' ' }}
          </button>
        }
      </h1>
      @if (connection(); as connection) {
        <app-connection-badge [connection]="connection" [resting]="resting()" />
      }
      <span class="spring"></span>
      @if (pauses(); as next) {
        @if (!readOnly()) {
          <button
            type="button"
            class="button turn"
            [attr.aria-label]="turns[next]"
            [title]="pauseTitle()"
            [disabled]="pauseDisabled()"
            (click)="turned.emit()"
          >
            <app-icon [name]="next" /><span class="wide-only">{{ turns[next] }}</span>
          </button>
        }
      }
      @if (stops() && !readOnly()) {
        <button type="button" class="button" [title]="stopTitle()" [disabled]="stopping()" (click)="stopped.emit()">
          {{ stops() }}
        </button>
      }
      @if (spendingOf(); as id) {
        <app-session-spending class="wide-only" [sessionId]="id" [resting]="resting()" />
      }
      <ng-content />
    </header>
  `,
  styleUrl: './session-header.component.css',
})
export class SessionHeaderComponent {
  readonly title = input.required<string>();
  /** null: there is nothing to be connected to yet. */
  readonly connection = input.required<Connection | null>();
  /** Whether nothing happens in the session. */
  readonly resting = input(false);
  /** What the button that stops a run says; '' while there is nothing to stop. */
  readonly stops = input.required<string>();
  readonly stopTitle = input('');
  readonly stopping = input.required<boolean>();
  /** What can be done about a run beside stopping it; null: nothing. */
  readonly pauses = input<'pause' | 'resume' | null>(null);
  readonly pauseTitle = input('');
  readonly pauseDisabled = input(false);
  /** Whether it may only be watched. */
  readonly readOnly = input(false);
  /** Whether whoever watches has no list of sessions. */
  readonly guest = input(false);
  /** The id of the session whose costs are shown; null: nobody's. */
  readonly spendingOf = input<string | null>(null);
  readonly renamed = output<string>();
  readonly stopped = output();
  readonly turned = output();
  readonly openSessions = output();

  protected readonly turns = TURNS;
  protected readonly composing = isComposing;
  protected readonly renaming = signal(false);
  private readonly field = viewChild<ElementRef<HTMLInputElement>>('field');

  private readonly offered = computed<Command[]>(() => {
    if (this.readOnly()) return [];
    const [all, next]: [Omit<Command, 'group'>[], keyof typeof TURNS | null] = [[], this.pauses()];
    if (this.stops() && !this.stopping()) {
      all.push({
        id: 'stop',
        label: this.stops(),
        also: $localize`:further words to find it by|:cancel the run`,
        run: () => this.stopped.emit(),
      });
    }
    if (next && !this.pauseDisabled()) {
      const also = $localize`:further words to find it by|:the run`;
      all.push({ id: 'turn', label: TURNS[next], also, run: () => this.turned.emit() });
    }
    const title = $localize`:further words to find it by|:title`;
    all.push({ id: 'rename', label: $localize`Rename`, also: title, run: () => this.renaming.set(true) });
    return all.map((one) => ({ ...one, group: 'This session' }));
  });

  constructor() {
    inject(Commands).contribute(this.offered);
    effect(() => {
      const field = this.field()?.nativeElement;
      field?.focus();
      field?.select();
    });
  }

  protected cancel(event: Event): void {
    if (isComposing(event)) return;
    event.stopPropagation();
    this.renaming.set(false);
  }

  protected finish(title: string): void {
    if (!this.renaming()) return;
    this.renaming.set(false);
    if (title.trim() && title.trim() !== this.title()) this.renamed.emit(title.trim());
  }
}
