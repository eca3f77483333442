import { Component, DestroyRef, inject, input, output, signal } from '@angular/core';

import { Dictation } from '../../live/speech';
import { IconComponent } from '../shared/icon.component';

const TOLD = 'ringside:dictation-told';

/** Speaks instead of typing: a press begins, another one ends, Escape takes back what was said. */
@Component({
  selector: 'app-dictation',
  imports: [IconComponent],
  template: `
    <button
      type="button"
      class="icon-button"
      [class.on]="state() === 'listening'"
      [attr.aria-pressed]="state() !== 'off'"
      aria-label="Dictate"
      i18n-aria-label
      title="Dictate"
      i18n-title
      [disabled]="disabled()"
      (click)="turn()"
    >
      <app-icon name="microphone" />
    </button>
    <span class="words" role="status">
      @if (state() === 'starting') {
        <ng-container i18n>Allow the microphone to speak</ng-container>
      } @else if (state() === 'listening') {
        <ng-container i18n>Listening. Escape cancels</ng-container>
      } @else {
        {{ error() }}
      }
    </span>
    @if (hint()) {
      <span class="hint" i18n>Your browser may send what you say to its vendor to understand it.</span>
    }
  `,
  styleUrl: './dictation.component.css',
  host: { '(document:keydown.escape)': 'cancel($event)' },
})
export class DictationComponent {
  readonly disabled = input(false);
  readonly began = output();
  /** What was said so far; null: it was cancelled. */
  readonly heard = output<string | null>();
  readonly finished = output();

  protected readonly state = signal<'off' | 'starting' | 'listening'>('off');
  protected readonly error = signal('');
  /** Whether it is said where the speech goes: when it is used first. */
  protected readonly hint = signal(false);
  private dictation: Dictation | null = null;

  constructor() {
    inject(DestroyRef).onDestroy(() => this.dictation?.cancel());
  }

  protected turn(): void {
    if (this.dictation) this.dictation.stop();
    else this.begin();
  }

  protected cancel(event: Event): void {
    if (!this.dictation) return;
    event.preventDefault();
    this.dictation.cancel();
    this.heard.emit(null);
    this.finish();
  }

  /** Nothing more is heard; what was said until now stays where it was written. */
  end(): void {
    this.dictation?.cancel();
    this.rest();
  }

  private begin(): void {
    this.error.set('');
    this.state.set('starting');
    this.began.emit();
    try {
      this.hint.set(localStorage.getItem(TOLD) === null);
      localStorage.setItem(TOLD, 'yes');
      this.dictation = new Dictation(navigator.language || document.documentElement.lang, {
        began: () => this.state.set('listening'),
        heard: (text) => this.heard.emit(text),
        failed: (words) => this.error.set(words),
        ended: () => this.finish(),
      });
    } catch (error: unknown) {
      const why = error instanceof Error ? error.message : '';
      this.error.set($localize`The browser cannot listen. ${why}:reason:`);
      this.finish();
    }
  }

  private finish(): void {
    this.rest();
    this.finished.emit();
  }

  private rest(): void {
    this.dictation = null;
    this.state.set('off');
    this.hint.set(false);
  }
}
