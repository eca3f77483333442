import {
  Component,
  ElementRef,
  OnDestroy,
  computed,
  effect,
  inject,
  linkedSignal,
  signal,
  viewChild,
} from '@angular/core';
import { Router } from '@angular/router';

import { errorMessage } from '../../live/api-error';
import { Command, Commands } from '../../services/commands.service';
import { Notices } from '../../services/notices.service';
import { RecentCommands } from '../../services/recent-commands.service';
import { RingsideApi } from '../../services/ringside-api';
import { SessionsService } from '../../services/sessions.service';
import { Session } from '../../models/models';
import { fuzzy } from '../../state/fuzzy';
import { PaletteGroup, paletteGroups } from '../../state/palette-entries';
import { isComposing } from './composition';

type Entry = Omit<Command, 'group'>;

const TYPING = 150;
const MOST_SESSIONS = 8;

/** Finds what can be done here, where one can go, and sessions, by a few letters. Made anew each time. */
@Component({
  selector: 'app-palette',
  template: `
    <dialog
      #dialog
      class="palette"
      aria-label="Commands"
      i18n-aria-label
      (close)="commands.shown.set(false)"
      (mousedown)="$event.target === dialog && dialog.close()"
    >
      <input
        #field
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls="palette-list"
        aria-label="Find a page, a session or a command"
        i18n-aria-label
        placeholder="Go to, find or do…"
        i18n-placeholder
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        maxlength="200"
        [attr.aria-activedescendant]="chosen() < 0 ? null : 'palette-' + chosen()"
        [value]="typed()"
        (input)="type(field.value)"
        (keydown)="onKey($event)"
      />
      <p class="sr" role="status">{{ foundWords() }}</p>
      <div
        #list
        id="palette-list"
        role="listbox"
        tabindex="-1"
        aria-label="Commands"
        i18n-aria-label
        [attr.aria-busy]="searching()"
      >
        @for (group of numbered(); track group.name; let place = $index) {
          <div role="group" [attr.aria-labelledby]="'palette-group-' + place">
            <h2 role="presentation" [id]="'palette-group-' + place">{{ group.name }}</h2>
            @for (entry of group.entries; track entry.of.id) {
              <!-- The field keeps the focus; its keys choose. -->
              <!-- eslint-disable-next-line @angular-eslint/template/click-events-have-key-events, @angular-eslint/template/interactive-supports-focus -->
              <div
                role="option"
                [id]="'palette-' + entry.number"
                [attr.aria-selected]="entry.number === chosen()"
                (mousemove)="chosen.set(entry.number)"
                (click)="run(entry.of)"
              >
                <span class="clip">
                  @for (piece of entry.pieces; track $index) {
                    @if (piece.marked) {
                      <mark>{{ piece.text }}</mark>
                    } @else {
                      <span>{{ piece.text }}</span>
                    }
                  }
                </span>
              </div>
            }
          </div>
        }
      </div>
      @if (outcome(); as outcome) {
        <p class="hint" [class.bad]="error()">{{ outcome }}</p>
      }
    </dialog>
  `,
  styleUrl: './palette.component.css',
})
export class PaletteComponent implements OnDestroy {
  protected readonly commands = inject(Commands);
  private readonly api = inject(RingsideApi);
  private readonly listed = inject(SessionsService);
  private readonly notices = inject(Notices);
  private readonly recent = inject(RecentCommands);
  private readonly router = inject(Router);
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');
  private readonly list = viewChild.required<ElementRef<HTMLElement>>('list');

  protected readonly typed = signal('');
  protected readonly searching = signal(false);
  protected readonly error = signal('');
  /** What the server found for what was typed. */
  private readonly sessions = signal<readonly Session[]>([]);
  private readonly used = signal<readonly string[]>([]);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  private readonly groups = computed<readonly PaletteGroup<Entry>[]>(() => {
    const found = paletteGroups(this.commands.all(), this.typed(), this.used());
    const sessions = this.typed().trim() ? this.sessions() : this.listed.sessions().slice(0, MOST_SESSIONS);
    if (sessions.length === 0) return found;
    return [...found, { name: $localize`Sessions`, entries: sessions.map((session) => this.entryOf(session)) }];
  });
  /** Each entry with its place in the whole list. */
  protected readonly numbered = computed(() => {
    let number = 0;
    return this.groups().map(({ name, entries }) => ({
      name,
      entries: entries.map((entry) => ({ ...entry, number: number++ })),
    }));
  });
  private readonly flat = computed(() => this.groups().flatMap(({ entries }) => entries));
  /** The place of the one that Enter takes; -1: there is none. What comes later does not move it. */
  protected readonly chosen = linkedSignal<{ typed: string; length: number }, number>({
    source: () => ({ typed: this.typed(), length: this.flat().length }),
    computation: ({ typed, length }, before) =>
      before?.source.typed === typed ? Math.min(Math.max(before.value, 0), length - 1) : Math.min(0, length - 1),
  });
  protected readonly outcome = computed(() => {
    if (this.error()) return this.error();
    if (this.flat().length > 0) return '';
    return this.searching() ? $localize`Searching…` : $localize`Nothing is found for “${this.typed().trim()}:query:”.`;
  });
  protected readonly foundWords = computed(() => {
    const count = this.flat().length;
    return this.outcome() || (count === 1 ? $localize`1 entry` : $localize`${count}:count: entries`);
  });

  constructor() {
    effect(() => {
      const dialog = this.dialog().nativeElement;
      if (this.commands.shown() && !dialog.open) this.open(dialog);
      else if (!this.commands.shown() && dialog.open) dialog.close();
    });
    effect(() => {
      const option = this.list().nativeElement.querySelector(`#palette-${this.chosen()}`);
      option?.scrollIntoView({ block: 'nearest' });
    });
  }

  ngOnDestroy(): void {
    clearTimeout(this.timer);
    this.commands.shown.set(false);
  }

  protected type(typed: string): void {
    this.typed.set(typed);
    clearTimeout(this.timer);
    this.asked++;
    this.error.set('');
    this.searching.set(typed.trim() !== '');
    if (typed.trim() === '') this.sessions.set([]);
    else this.timer = setTimeout(() => void this.search(typed.trim(), this.asked), TYPING);
  }

  protected onKey(event: KeyboardEvent): void {
    if (isComposing(event)) return;
    const count = this.flat().length;
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined && count > 0) this.chosen.update((chosen) => (chosen + step + count) % count);
    else if (event.key === 'Enter') this.runChosen();
    else if (event.key !== 'Tab') return;
    event.preventDefault();
  }

  protected async run(entry: Entry): Promise<void> {
    this.dialog().nativeElement.close();
    if (this.commands.all().some(({ id }) => id === entry.id)) this.recent.add(entry.id);
    try {
      await entry.run();
    } catch (error: unknown) {
      this.notices.add(error);
    }
  }

  private runChosen(): void {
    const entry = this.flat()[this.chosen()];
    if (entry) void this.run(entry.of);
  }

  private open(dialog: HTMLDialogElement): void {
    this.type('');
    this.used.set(this.recent.ids);
    this.chosen.set(0);
    dialog.showModal();
    this.list().nativeElement.scrollTop = 0;
  }

  private async search(query: string, asked: number): Promise<void> {
    try {
      const criteria = { query, archived: false, tag: null, priority: null };
      const { sessions } = await this.api.sessions(criteria, null, MOST_SESSIONS);
      if (asked === this.asked) this.sessions.set(sessions);
    } catch (error: unknown) {
      if (asked === this.asked) this.error.set(errorMessage(error));
    } finally {
      if (asked === this.asked) this.searching.set(false);
    }
  }

  private entryOf(session: Session): PaletteGroup<Entry>['entries'][number] {
    const { id, title } = session;
    const pieces = fuzzy(title, this.typed())?.pieces ?? [{ text: title, marked: false }];
    return { of: { id: `session ${id}`, label: title, run: () => this.router.navigate(['/sessions', id]) }, pieces };
  }
}
