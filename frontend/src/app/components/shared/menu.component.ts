import { NgTemplateOutlet } from '@angular/common';
import {
  Component,
  ElementRef,
  TemplateRef,
  computed,
  contentChild,
  input,
  output,
  signal,
  viewChild,
} from '@angular/core';

import { isComposing } from './composition';
import { IconComponent } from './icon.component';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly danger?: boolean;
  /** One of several that exclude each other; whether it is the one that holds. */
  readonly checked?: boolean;
  /** Whether a line parts it from what is above it. */
  readonly apart?: boolean;
}

/** With more items than these, a menu can be searched. */
const FEW = 12;

/**
 * A button with a small menu: arrow keys move, Escape closes and gives the focus back. In a long menu, typing finds
 * items. Its content is shown in the button; a template in it shows each item.
 */
@Component({
  selector: 'app-menu',
  imports: [IconComponent, NgTemplateOutlet],
  template: `
    <button
      #trigger
      type="button"
      [class]="look()"
      aria-haspopup="menu"
      [attr.aria-expanded]="open()"
      [attr.aria-label]="named() ? null : label()"
      (click)="toggle()"
    >
      <ng-content><app-icon name="more" /></ng-content>
    </button>
    <div #list popover="auto" class="menu" tabindex="-1" (toggle)="onToggle($event)" (keydown)="onKey($event)">
      @if (long()) {
        <input
          #search
          type="search"
          class="search"
          placeholder="Type to find"
          i18n-placeholder
          autocomplete="off"
          [attr.aria-label]="findWords()"
          [value]="wanted()"
          (input)="wanted.set(search.value)"
          (keydown.enter)="composing($event) || chooseFirst()"
        />
        <p class="none" role="status">
          @if (found().length === 0) {
            <ng-container i18n>Nothing has this name.</ng-container>
          }
        </p>
      }
      <div role="menu" tabindex="-1" [attr.aria-label]="label()">
        @for (item of found(); track item.id) {
          <button
            type="button"
            [attr.role]="item.checked === undefined ? 'menuitem' : 'menuitemradio'"
            [attr.aria-checked]="item.checked"
            tabindex="-1"
            [class.danger]="item.danger"
            [class.apart]="item.apart"
            (click)="choose(item)"
          >
            @if (face(); as face) {
              <ng-container [ngTemplateOutlet]="face" [ngTemplateOutletContext]="{ $implicit: item }" />
            } @else {
              {{ item.label }}
            }
          </button>
        }
      </div>
    </div>
  `,
  styleUrl: './menu.component.css',
})
export class MenuComponent {
  readonly label = input.required<string>();
  /** The class of the button. */
  readonly look = input('icon-button');
  /** Whether the content of the button is its name. */
  readonly named = input(false);
  readonly items = input.required<readonly MenuItem[]>();
  readonly chosen = output<string>();

  protected readonly face = contentChild<TemplateRef<{ $implicit: MenuItem }>>(TemplateRef);
  protected readonly composing = isComposing;
  protected readonly findWords = computed(() => $localize`Find: ${this.label()}:what:`);
  protected readonly open = signal(false);
  protected readonly wanted = signal('');
  protected readonly long = computed(() => this.items().length > FEW);
  protected readonly found = computed(() => {
    const wanted = plain(this.wanted().trim());
    return this.items().filter(({ label }) => plain(label).includes(wanted));
  });
  private readonly search = viewChild<ElementRef<HTMLInputElement>>('search');
  private readonly trigger = viewChild.required<ElementRef<HTMLButtonElement>>('trigger');
  private readonly list = viewChild.required<ElementRef<HTMLElement>>('list');

  protected toggle(): void {
    const list = this.list().nativeElement;
    if (this.open()) {
      list.hidePopover();
      return;
    }
    list.showPopover();
    const at = this.trigger().nativeElement.getBoundingClientRect();
    const below = at.bottom + list.offsetHeight + 8 < innerHeight;
    list.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - list.offsetHeight - 4)}px`;
    list.style.left = `${Math.max(8, Math.min(at.left, innerWidth - list.offsetWidth - 8))}px`;
    const buttons = this.buttons();
    (buttons.find((button) => button.ariaChecked === 'true') ?? buttons[0])?.focus();
  }

  protected onToggle(event: Event): void {
    this.open.set((event as ToggleEvent).newState === 'open');
    if (!this.open()) this.wanted.set('');
  }

  protected onKey(event: KeyboardEvent): void {
    const buttons = this.buttons();
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Tab') this.list().nativeElement.hidePopover();
    // The browser then types it there.
    if (event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.search()?.nativeElement.focus();
    }
    if (step === 0) return;
    event.preventDefault();
    const next = at < 0 && step < 0 ? buttons.length - 1 : (at + step + buttons.length) % buttons.length;
    buttons[next]?.focus();
  }

  protected choose(item: MenuItem): void {
    this.list().nativeElement.hidePopover();
    this.chosen.emit(item.id);
  }

  protected chooseFirst(): void {
    const [first] = this.found();
    if (first) this.choose(first);
  }

  private buttons(): HTMLButtonElement[] {
    return [...this.list().nativeElement.querySelectorAll('button')];
  }
}

/** In lower case and without diacritics, as names are compared. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
