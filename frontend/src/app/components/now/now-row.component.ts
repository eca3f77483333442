import { Component, computed, inject, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';

import { NowRow } from '../../models/models';
import { Clock } from '../../services/clock.service';
import { agentColour } from '../../state/agent-colour';
import { tokens } from '../../state/format';
import {
  costWords,
  forHowLong,
  healthDot,
  healthOf,
  isOver,
  nameOf,
  nowWords,
  standing,
  tokenWords,
  tokensOf,
  workerOf,
} from '../../state/now-words';
import { BulkAction, whyNot } from '../../state/bulk-words';
import { AgentAvatarComponent } from '../shared/agent-avatar.component';
import { IconComponent } from '../shared/icon.component';

/** One run, in a line; on a phone, in a card of three. */
@Component({
  selector: 'app-now-row',
  imports: [AgentAvatarComponent, IconComponent, RouterLink],
  template: `
    <span role="cell" class="pick">
      @if (pickable()) {
        <input
          type="checkbox"
          [attr.aria-label]="labels().choose"
          [checked]="picked()"
          (click)="pick.emit($event.shiftKey)"
        />
      }
    </span>
    <span role="cell" class="health" [class]="health()"
      ><span class="dot" [class]="dot()"></span><span class="clip" [title]="word()">{{ word() }}</span></span
    >
    <span role="cell" class="agent">
      <app-agent-avatar [name]="name()" [avatar]="row().agent_avatar ?? null" />
      <span class="clip">{{ name() }}</span>
    </span>
    <span role="cell" class="title">
      <a class="clip" [routerLink]="['/sessions', row().session_id]">{{ row().session_title }}</a>
    </span>
    <span role="cell" class="step clip" [title]="doing()">
      @if (worker()) {
        <b [class]="look()">{{ worker() }}</b>
      }
      {{ doing() }}
    </span>
    <span role="cell" class="figure since">{{ since() }}</span>
    <span role="cell" class="figure tokens" [title]="tokenTitle()">{{ tokens() }}</span>
    <span role="cell" class="figure cost">{{ cost() }}</span>
    <span role="cell" class="act">
      @if (mayStop()) {
        <button type="button" class="icon-button" [attr.aria-label]="labels().stop" (click)="stop.emit()">
          <app-icon name="stop" />
        </button>
      } @else if (mayTryAgain()) {
        <button
          type="button"
          class="icon-button"
          title="Try again"
          i18n-title
          [attr.aria-label]="labels().again"
          (click)="again.emit()"
        >
          <app-icon name="again" />
        </button>
      }
    </span>
  `,
  styleUrl: './now-row.component.css',
  host: {
    role: 'row',
    '[class.over]': 'over() || gone()',
    '[class.picked]': 'picked()',
    '[attr.data-row]': 'row().row_id',
  },
})
export class NowRowComponent {
  readonly row = input.required<NowRow>();
  /** It is not told of any more, and stands here until the rows are put in order again. */
  readonly gone = input(false);
  /** Whether it can be chosen for what is done to many at once. */
  readonly pickable = input(false);
  readonly picked = input(false);
  readonly mayChange = input(false);
  readonly triedAgain = input(false);
  readonly stop = output();
  readonly again = output();
  /** Whether all from the last one on are meant. */
  readonly pick = output<boolean>();

  private readonly clock = inject(Clock);
  protected readonly health = computed(() => healthOf(this.row()));
  protected readonly dot = computed(() => healthDot(this.health()));
  protected readonly word = computed(() => standing(this.row()));
  protected readonly name = computed(() => nameOf(this.row()));
  protected readonly labels = computed(() => {
    const title = this.row().session_title;
    return {
      choose: $localize`Choose ${title}:title:`,
      stop: $localize`Stop ${title}:title:`,
      again: $localize`Try ${title}:title: again`,
    };
  });
  protected readonly worker = computed(() => workerOf(this.row()));
  protected readonly look = computed(() => `c-${agentColour(this.worker())}`);
  protected readonly doing = computed(() => nowWords(this.row()));
  protected readonly since = computed(() => forHowLong(this.row(), this.clock.now()));
  protected readonly tokens = computed(() => tokenWords(this.row()));
  protected readonly tokenTitle = computed(() => (tokensOf(this.row()) > 0 ? tokens(tokensOf(this.row())) : ''));
  protected readonly cost = computed(() => costWords(this.row()));
  protected readonly over = computed(() => isOver(this.row()));
  protected readonly mayStop = computed(() => this.can('stop') && !this.row().stopping && !this.gone());
  protected readonly mayTryAgain = computed(
    () => this.can('again') && this.row().status !== 'completed' && !this.triedAgain(),
  );

  private can(action: BulkAction): boolean {
    return whyNot(action, this.row(), this.mayChange()) === '';
  }
}
