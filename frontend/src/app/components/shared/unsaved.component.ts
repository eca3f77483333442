import { Component, Signal, input, signal } from '@angular/core';

import { Leavable } from '../../services/unsaved.guard';
import { ConfirmComponent } from './confirm.component';

/** Asks before a page is left on which something was typed: by a link of the app, a reload, or another address. */
@Component({
  selector: 'app-unsaved',
  imports: [ConfirmComponent],
  template: `
    @if (leaving(); as decide) {
      <app-confirm
        [heading]="heading()"
        [text]="text()"
        action="Leave"
        i18n-action
        (closed)="decide($event); leaving.set(null)"
      />
    }
  `,
  host: { '(window:beforeunload)': 'onUnload($event)' },
})
export class UnsavedComponent implements Leavable {
  readonly heading = input.required<string>();
  readonly text = input.required<string>();
  /** Whether there is something to lose: itself, not its value, which a page may not have before it is rendered. */
  readonly dirty = input.required<Signal<boolean>>();
  /** Takes the decision whether to leave, while the user is asked. */
  protected readonly leaving = signal<((leave: boolean) => void) | null>(null);

  mayLeave(): boolean | Promise<boolean> {
    if (!this.dirty()()) return true;
    return new Promise((decide) => this.leaving.set(decide));
  }

  protected onUnload(event: Event): void {
    if (this.dirty()()) event.preventDefault();
  }
}
