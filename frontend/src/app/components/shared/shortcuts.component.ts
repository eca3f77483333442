import { Component, ElementRef, inject, viewChild } from '@angular/core';

import { Shortcuts } from '../../services/shortcuts.service';
import { IconComponent } from './icon.component';
import { PALETTE_KEY } from './palette-key';
import { isShortcut } from './shortcut';

const ENTER = $localize`:a key|:Enter`;
const CTRL = $localize`:a key|:Ctrl`;
const SHIFT = $localize`:a key|:Shift`;
const ESC = $localize`:a key|:Esc`;

const KEYS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: PALETTE_KEY.split(' '), does: $localize`Go to a page or a session, or do something, by its name` },
  { keys: ['/'], does: $localize`Search the sessions` },
  { keys: ['j', 'k'], does: $localize`Next and previous step of the timeline, or entry of the inbox` },
  { keys: ['1', '9'], does: $localize`Decide the entry of the inbox: its first to ninth choice` },
  { keys: ['←', '→'], does: $localize`Collapse and expand a step` },
  { keys: ['W', 'S'], does: $localize`Zoom the timeline in and out; Ctrl and the wheel do too` },
  { keys: ['A', 'D'], does: $localize`Move along the timeline; 0 shows the whole run` },
  { keys: ['E'], does: $localize`Next failed step of the timeline; with Shift, the one before` },
  { keys: ['P', 'L'], does: $localize`Pause or play the session’s view; back to live` },
  { keys: [ENTER], does: $localize`Open the details of a step; send a question` },
  { keys: [CTRL, ENTER], does: $localize`Tell the agents at work what you have written; ⌘ on a Mac` },
  { keys: [SHIFT, ENTER], does: $localize`New line in a question` },
  { keys: [ESC], does: $localize`Close what is open` },
  { keys: ['?'], does: $localize`Show this list` },
];

/** The keys that do something on every page, shown with "?". */
@Component({
  selector: 'app-shortcuts',
  imports: [IconComponent],
  template: `
    <dialog #dialog class="ask" aria-labelledby="shortcuts-heading">
      <div class="dialog-head">
        <h2 i18n id="shortcuts-heading">Keyboard shortcuts</h2>
        <button type="button" class="icon-button" aria-label="Close" i18n-aria-label (click)="dialog.close()">
          <app-icon name="close" />
        </button>
      </div>
      <dl>
        @for (one of keys; track one.does) {
          <dt>
            @for (key of one.keys; track key) {
              <kbd>{{ key }}</kbd>
            }
          </dt>
          <dd>{{ one.does }}</dd>
        }
      </dl>
    </dialog>
  `,
  styleUrl: './shortcuts.component.css',
  host: { '(document:keydown)': 'onKey($event)' },
})
export class ShortcutsComponent {
  protected readonly keys = KEYS;
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');

  constructor() {
    inject(Shortcuts).asked.subscribe(() => this.open());
  }

  protected onKey(event: KeyboardEvent): void {
    if (event.key !== '?' || !isShortcut(event)) return;
    event.preventDefault();
    this.open();
  }

  private open(): void {
    const dialog = this.dialog().nativeElement;
    if (!document.querySelector('dialog[open]')) dialog.showModal();
  }
}
