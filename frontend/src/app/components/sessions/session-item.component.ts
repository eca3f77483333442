import { Component, ElementRef, computed, effect, input, output, signal, viewChild } from '@angular/core';
import { RouterLink, RouterLinkActive } from '@angular/router';

import { Session } from '../../models/models';
import { hasEnded } from '../../state/events';
import { duration, when } from '../../state/format';
import { sessionSign } from '../../state/session-sign';
import { isComposing } from '../shared/composition';
import { MenuComponent, MenuItem } from '../shared/menu.component';
import { SessionMarksComponent } from '../shared/session-marks.component';
import { SnippetsComponent } from './snippets.component';

/** A session in the list: its state, its title, when something last happened, and what can be done with it. */
@Component({
  selector: 'app-session-item',
  imports: [MenuComponent, RouterLink, RouterLinkActive, SessionMarksComponent, SnippetsComponent],
  template: `
    @if (renaming()) {
      <input
        #title
        class="field"
        aria-label="Title of the session"
        i18n-aria-label
        maxlength="200"
        [value]="session().title"
        (keydown.enter)="composing($event) || finish(title.value)"
        (keydown.escape)="composing($event) || renaming.set(false)"
        (blur)="finish(title.value)"
      />
    } @else {
      <a
        [routerLink]="['/sessions', session().id]"
        [class.has-menu]="session().may_change"
        routerLinkActive="on"
        ariaCurrentWhenActive="page"
        (click)="opened.emit()"
      >
        <span class="dot" [class]="look().dot" role="img" [attr.aria-label]="look().label"></span>
        <span class="clip">{{ session().title }}</span>
        <time>{{ time() }}</time>
        @if (stuck(); as finding) {
          <small class="stuck clip" [title]="finding.sentence">{{ finding.sentence }}</small>
        }
        @if (whose(); as owner) {
          <small class="clip">{{ owner }}</small>
        }
        @if (marked()) {
          <app-session-marks [session]="session()" [most]="2" />
        }
      </a>
      @if (session().may_change) {
        <app-menu label="More about {{ session().title }}" i18n-label [items]="actions()" (chosen)="choose($event)" />
      }
      <app-snippets [session]="session()" (opened)="opened.emit()" />
    }
  `,
  styleUrl: './session-item.component.css',
  host: { role: 'listitem' },
})
export class SessionItemComponent {
  readonly session = input.required<Session>();
  readonly now = input.required<number>();
  /** Whether an agent in it has asked a person, who has not decided yet. */
  readonly asks = input(false);
  readonly opened = output();
  readonly renamed = output<string>();
  readonly archived = output<boolean>();
  readonly deleted = output();

  protected readonly composing = isComposing;
  protected readonly renaming = signal(false);
  private readonly field = viewChild<ElementRef<HTMLInputElement>>('title');

  protected readonly look = computed(() => {
    if (this.stuck()) return { dot: 'bad', label: $localize`:a run|:Stuck` };
    return sessionSign(this.session().status, this.asks());
  });

  protected readonly stuck = computed(() => this.session().findings[0]);

  /** One's own sessions bear no name. */
  protected readonly whose = computed(() => {
    const { mine, owner, owner_is_service } = this.session();
    if (mine) return '';
    return owner_is_service ? $localize`${owner}:name: (service account)` : owner;
  });

  protected readonly marked = computed(() => this.session().tags.length > 0 || this.session().priority !== 'normal');

  protected readonly time = computed(() => {
    const run = this.session().last_run;
    if (run && !hasEnded(run.status))
      return duration(this.now() - Date.parse(run.started_at ?? run.created_at)).replace(/\D\d s/, ' s');
    return when(Date.parse(this.session().updated_at), this.now());
  });

  protected readonly actions = computed<MenuItem[]>(() => [
    { id: 'rename', label: $localize`Rename` },
    { id: 'archive', label: this.session().archived ? $localize`Unarchive` : $localize`:verb|:Archive` },
    { id: 'delete', label: $localize`Delete…`, danger: true },
  ]);

  constructor() {
    effect(() => this.field()?.nativeElement.select());
  }

  protected choose(action: string): void {
    if (action === 'rename') this.renaming.set(true);
    else if (action === 'archive') this.archived.emit(!this.session().archived);
    else this.deleted.emit();
  }

  protected finish(title: string): void {
    if (!this.renaming()) return;
    this.renaming.set(false);
    if (title.trim() && title.trim() !== this.session().title) this.renamed.emit(title.trim());
  }
}
