import {
  Component,
  ElementRef,
  OnDestroy,
  afterRenderEffect,
  computed,
  inject,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { Router, RouterLink, RouterLinkActive } from '@angular/router';

import { Session } from '../../models/models';
import { Account } from '../../services/account.service';
import { Clock } from '../../services/clock.service';
import { Command, Commands } from '../../services/commands.service';
import { Inbox } from '../../services/inbox.service';
import { Layout } from '../../services/layout.service';
import { NewSessionService } from '../../services/new-session.service';
import { Notices } from '../../services/notices.service';
import { SessionsService } from '../../services/sessions.service';
import { Theme, ThemeService } from '../../services/theme.service';
import { moment } from '../../state/format';
import { ConfirmComponent } from '../shared/confirm.component';
import { IconComponent, IconName } from '../shared/icon.component';
import { LogoComponent } from '../shared/logo.component';
import { SessionFilterComponent } from './session-filter.component';
import { SessionItemComponent } from './session-item.component';
import { PALETTE_KEY } from '../shared/palette-key';
import { isShortcut } from '../shared/shortcut';

const TYPING = 200;
const THEMES: Readonly<Record<Theme, { icon: IconName; label: string }>> = {
  system: { icon: 'system', label: $localize`Theme: as the system` },
  light: { icon: 'light', label: $localize`Theme: light` },
  dark: { icon: 'dark', label: $localize`Theme: dark` },
};

/** All sessions: new, search, and the list, paged in as it is scrolled. Its content stands below them. */
@Component({
  selector: 'app-session-list',
  imports: [
    ConfirmComponent,
    IconComponent,
    LogoComponent,
    RouterLink,
    RouterLinkActive,
    SessionFilterComponent,
    SessionItemComponent,
  ],
  templateUrl: './session-list.component.html',
  styleUrl: './session-list.component.css',
  host: { role: 'complementary', '[attr.aria-label]': 'region', '(document:keydown)': 'onKey($event)' },
})
export class SessionListComponent implements OnDestroy {
  protected readonly region = $localize`All sessions`;
  protected readonly account = inject(Account);
  protected readonly list = inject(SessionsService);
  private readonly commands = inject(Commands);
  protected readonly clock = inject(Clock);
  protected readonly paletteKey = PALETTE_KEY;
  protected readonly inbox = inject(Inbox);
  /** The ids of the sessions in which a person is asked. */
  protected readonly asking = computed(() => new Set(this.inbox.approvals()?.map(({ session_id }) => session_id)));
  protected readonly layout = inject(Layout);
  protected readonly deleting = signal<Session | null>(null);
  /** For who cannot see the list. */
  protected readonly foundWords = computed(() => {
    if (!this.list.narrowed() || this.list.searching() || this.list.state() !== 'ready') return '';
    const found = this.list.sessions().length;
    if (this.list.hasMore()) return $localize`${found}:count: and more sessions found`;
    return found === 1 ? $localize`1 session found` : $localize`${found}:count: sessions found`;
  });
  protected readonly nothingWords = computed(() => {
    const [query, tag] = [this.list.query(), this.list.tag() ?? ''];
    return this.list.priority() ? nothingOfPriority(query, tag) : nothingOfAny(query, tag);
  });
  protected readonly asOfWords = computed(
    () => $localize`As of ${moment(this.list.asOf() ?? 0, this.clock.now())}:time:.`,
  );
  protected readonly themes = THEMES;
  protected readonly theme = inject(ThemeService);
  private readonly newSessions = inject(NewSessionService);
  private readonly router = inject(Router);
  private readonly notices = inject(Notices);
  private readonly scroll = viewChild.required<ElementRef<HTMLElement>>('scroll');
  private readonly search = viewChild.required<ElementRef<HTMLInputElement>>('search');
  private typing: ReturnType<typeof setTimeout> | undefined;

  private readonly offered = computed<Command[]>(() => [
    ...(this.account.mayWork()
      ? [
          {
            id: 'new',
            label: $localize`New session`,
            group: 'Ringside',
            also: $localize`ask start`,
            run: () => this.begin(),
          } as const,
        ]
      : []),
    {
      id: 'now',
      label: $localize`Now`,
      group: 'Go to',
      also: $localize`what runs live`,
      run: () => this.router.navigateByUrl('/now'),
    },
    {
      id: 'inbox',
      label: $localize`Inbox`,
      group: 'Go to',
      also: $localize`approvals decide`,
      run: () => this.router.navigateByUrl('/inbox'),
    },
    {
      id: 'start',
      label: $localize`:noun, the page|:Start`,
      group: 'Go to',
      also: $localize`:search words|:home`,
      run: () => this.router.navigateByUrl('/start'),
    },
    {
      id: 'archived',
      label: this.list.archived() ? $localize`List the sessions` : $localize`List the archived sessions`,
      group: 'Ringside',
      run: () => this.showArchived(),
    },
    {
      id: 'theme',
      label: $localize`Switch the theme`,
      group: 'Ringside',
      also: $localize`dark light system colours`,
      run: () => this.theme.next(),
    },
  ]);

  constructor() {
    this.commands.contribute(this.offered);
    void this.list.reload();
    // A list that ends in view is paged in without being scrolled: it may be short, or was scrolled while it loaded.
    afterRenderEffect(() => {
      this.list.groups();
      const element = this.scroll().nativeElement;
      if (this.list.hasMore() && element.clientHeight > 0) untracked(() => this.onScroll(element));
    });
  }

  ngOnDestroy(): void {
    clearTimeout(this.typing);
  }

  protected onType(query: string): void {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => void this.list.search(query), TYPING);
  }

  protected showAll(): void {
    this.search().nativeElement.value = '';
    void this.list.filter({ query: '', tag: null, priority: null });
  }

  protected onScroll(element: HTMLElement): void {
    if (element.scrollHeight - element.scrollTop - element.clientHeight < 200) void this.list.more();
  }

  protected onKey(event: KeyboardEvent): void {
    if (event.key !== '/' || !isShortcut(event)) return;
    event.preventDefault();
    this.layout.sessionsOpen.set(true);
    this.search().nativeElement.focus();
  }

  protected openPalette(): void {
    this.layout.sessionsOpen.set(false);
    this.commands.shown.set(true);
  }

  private showArchived(): void {
    this.layout.sessionsOpen.set(true);
    void this.list.showArchived(!this.list.archived());
  }

  /** It is made with its first question or document: who only looks leaves nothing behind. */
  protected begin(): void {
    this.layout.sessionsOpen.set(false);
    this.newSessions.open();
  }

  protected async rename(session: Session, title: string): Promise<void> {
    await this.attempt(() => this.list.rename(session.id, title));
  }

  protected async archive(session: Session, archived: boolean): Promise<void> {
    await this.attempt(() => this.list.archive(session.id, archived));
  }

  protected async remove(session: Session, sure: boolean): Promise<void> {
    this.deleting.set(null);
    if (!sure) return;
    await this.attempt(async () => {
      await this.list.remove(session.id);
      if (this.router.url.startsWith(`/sessions/${encodeURIComponent(session.id)}`)) await this.router.navigate(['/']);
    });
  }

  private async attempt(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error: unknown) {
      this.notices.add(error);
    }
  }
}

function nothingOfAny(query: string, tag: string): string {
  if (query && tag) return $localize`No session tagged “${tag}:tag:” matches “${query}:query:”.`;
  if (query) return $localize`No session matches “${query}:query:”.`;
  return tag ? $localize`There are no sessions tagged “${tag}:tag:”.` : $localize`There are no sessions.`;
}

function nothingOfPriority(query: string, tag: string): string {
  if (query && tag) return $localize`No session tagged “${tag}:tag:” of this priority matches “${query}:query:”.`;
  if (query) return $localize`No session of this priority matches “${query}:query:”.`;
  return tag
    ? $localize`There are no sessions tagged “${tag}:tag:” of this priority.`
    : $localize`There are no sessions of this priority.`;
}
