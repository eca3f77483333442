import { Component, ElementRef, effect, input, output, signal, viewChild } from '@angular/core';

import { Connection } from '../../live/connection';
import { ConnectionBadgeComponent } from './connection-badge.component';
import { IconComponent } from '../shared/icon.component';

/** Title, connection, what else is put there, and Stop. */
@Component({
  selector: 'app-session-header',
  imports: [ConnectionBadgeComponent, IconComponent],
  template: `
    <header class="session-header">
      @if (!guest()) {
        <button type="button" class="icon-button phone-only" aria-label="Sessions" (click)="openSessions.emit()">
          <app-icon name="menu" />
        </button>
      }
      <h1>
        @if (readOnly()) {
          <span class="title still clip">{{ title() || ' ' }}</span>
        } @else if (renaming()) {
          <input
            #field
            class="title"
            aria-label="Title of the session"
            maxlength="200"
            [value]="title()"
            (keydown.enter)="finish(field.value)"
            (keydown.escape)="cancel($event)"
            (blur)="finish(field.value)"
          />
        } @else {
          <button type="button" class="title clip" title="Rename" (click)="renaming.set(true)">
            {{ title() || ' ' }}
          </button>
        }
      </h1>
      <app-connection-badge [connection]="connection()" />
      <span class="spring"></span>
      <ng-content />
      @if (active() && !readOnly()) {
        <button type="button" class="button" [disabled]="stopping()" (click)="stopped.emit()">
          {{ stopping() ? 'Stopping…' : 'Stop' }}
        </button>
      }
    </header>
  `,
  styleUrl: './session-header.component.css',
})
export class SessionHeaderComponent {
  readonly title = input.required<string>();
  readonly connection = input.required<Connection>();
  readonly active = input.required<boolean>();
  readonly stopping = input.required<boolean>();
  /** Whether it may only be watched. */
  readonly readOnly = input(false);
  /** Whether whoever watches has no list of sessions. */
  readonly guest = input(false);
  readonly renamed = output<string>();
  readonly stopped = output();
  readonly openSessions = output();

  protected readonly renaming = signal(false);
  private readonly field = viewChild<ElementRef<HTMLInputElement>>('field');

  constructor() {
    effect(() => {
      const field = this.field()?.nativeElement;
      field?.focus();
      field?.select();
    });
  }

  protected cancel(event: Event): void {
    event.stopPropagation();
    this.renaming.set(false);
  }

  protected finish(title: string): void {
    if (!this.renaming()) return;
    this.renaming.set(false);
    if (title.trim() && title.trim() !== this.title()) this.renamed.emit(title.trim());
  }
}
