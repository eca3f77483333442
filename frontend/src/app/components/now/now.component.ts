import { Component, computed, effect, inject, input, linkedSignal, signal, untracked, viewChild } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { NowRow } from '../../models/models';
import { Account } from '../../services/account.service';
import { AskedAgain } from '../../services/asked-again.service';
import { Layout } from '../../services/layout.service';
import { NewSessionService } from '../../services/new-session.service';
import { Notices } from '../../services/notices.service';
import { Now } from '../../services/now.service';
import { RingsideApi } from '../../services/ringside-api';
import { ServerReach } from '../../services/server-reach.service';
import { BulkAction } from '../../state/bulk-words';
import {
  ALL_OF_NOW,
  NowChoice,
  Placed,
  agentsOf,
  choiceFrom,
  choiceQuery,
  countsOf,
  linesOf,
  newsOf,
  orderOf,
} from '../../state/now-view';
import { ConfirmComponent } from '../shared/confirm.component';
import { IconComponent } from '../shared/icon.component';
import { BulkWork } from './bulk-work';
import { NowBulkComponent } from './now-bulk.component';
import { NowTableComponent } from './now-table.component';
import { NowToolbarComponent } from './now-toolbar.component';
import { NowWallComponent } from './now-wall.component';
import { Picked } from './picked';

const HEALTH = {
  connecting: $localize`Connecting…`,
  live: $localize`Live`,
  reconnecting: $localize`Reconnecting…`,
  offline: $localize`Offline`,
} as const;

/** What runs, waits and has just ended, over all sessions. The choice of what is shown stands in the address. */
@Component({
  selector: 'app-now',
  imports: [
    ConfirmComponent,
    IconComponent,
    NowBulkComponent,
    NowTableComponent,
    NowToolbarComponent,
    NowWallComponent,
    RouterLink,
  ],
  providers: [Now],
  templateUrl: './now.component.html',
  styleUrl: './now.component.css',
})
export class NowComponent {
  readonly status = input<string>();
  readonly agent = input<string>();
  readonly text = input<string>();
  readonly sort = input<string>();
  readonly group = input<string>();
  readonly wall = input<string>();

  protected readonly now = inject(Now);
  protected readonly account = inject(Account);
  protected readonly layout = inject(Layout);
  private readonly api = inject(RingsideApi);
  protected readonly askedAgain = inject(AskedAgain);
  private readonly newSessions = inject(NewSessionService);
  private readonly notices = inject(Notices);
  private readonly reach = inject(ServerReach);
  private readonly router = inject(Router);
  private readonly table = viewChild(NowTableComponent);

  /** At once as it was made; the address follows. */
  protected readonly choice = linkedSignal<NowChoice>(() =>
    choiceFrom({
      status: this.status(),
      agent: this.agent(),
      text: this.text(),
      sort: this.sort(),
      group: this.group(),
    }),
  );
  private readonly shownRows = computed(() => this.lines().flatMap((line) => (line.kind === 'row' ? [line.row] : [])));
  protected readonly picked = new Picked(this.shownRows);
  protected readonly mayChange = (row: NowRow): boolean =>
    this.account.mayWork() && (this.account.isAdministrator() || row.owner_id === this.account.me()?.user.id);
  protected readonly work = new BulkWork(this.api, this.askedAgain, this.mayChange);
  protected readonly bulk = computed(
    () => this.picked.any() || this.picked.choosing() || this.work.progress() !== '' || this.work.summary() !== null,
  );
  protected readonly stoppingAll = signal(false);
  protected readonly stopping = signal<NowRow | null>(null);
  protected readonly stoppingWords = computed(() => {
    const runs = this.picked.rows().length;
    return runs === 1 ? $localize`Stop 1 run?` : $localize`Stop ${runs}:count: runs?`;
  });
  private readonly rows = computed(() => this.now.known().rows);
  protected readonly counts = computed(() => countsOf(this.rows().values()));
  protected readonly agents = computed(() => agentsOf(this.rows().values()));
  protected readonly any = computed(() => this.rows().size > 0);
  /** Why there is nothing to see, where nothing was ever heard and nobody can be asked; '' otherwise. */
  protected readonly missing = computed(() =>
    !this.now.known().ready && (this.reach.gone() || this.now.health() === 'offline')
      ? $localize`What runs now comes from the server, and is shown when that answers again.`
      : '',
  );
  protected readonly healthWords = computed(() => HEALTH[this.now.health()]);

  protected readonly fresh = computed(() => orderOf(this.rows().values(), this.choice()));
  private readonly kept = signal<readonly Placed[]>([]);
  protected readonly lines = computed(() => linesOf(this.kept(), this.rows()));
  protected readonly news = computed(() => newsOf(this.kept(), this.fresh()));
  protected readonly newsWords = computed(() => {
    const { added, moved } = this.news();
    if (added > 0) return $localize`${added}:count: new: show in order`;
    return moved ? $localize`Order has changed: show in order` : '';
  });

  constructor() {
    // Nothing moves below the eyes of who reads. What they chose themselves is in order at once.
    let chosen: NowChoice | null = null;
    effect(() => {
      const [fresh, choice] = [this.fresh(), this.choice()];
      const reading = this.table()?.reading() ?? false;
      if (reading && choice === chosen && untracked(this.kept).length > 0) return;
      chosen = choice;
      untracked(() => this.kept.set(fresh));
    });
  }

  protected choose(choice: NowChoice): void {
    this.choice.set(choice);
    void this.router.navigate([], {
      queryParams: choiceQuery(choice),
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }

  protected showAll(): void {
    this.choose({ ...ALL_OF_NOW, sort: this.choice().sort, group: this.choice().group });
  }

  protected order(): void {
    this.kept.set(this.fresh());
    this.table()?.toTop();
  }

  protected begin(): void {
    this.newSessions.open();
  }

  protected doToAll(action: BulkAction, sure: boolean): void {
    if (sure) void this.work.start(action, this.picked.rows());
    else this.stoppingAll.set(true);
  }

  protected stopAll(sure: boolean): void {
    this.stoppingAll.set(false);
    if (sure) this.doToAll('stop', true);
  }

  protected closeBulk(): void {
    this.work.forget();
    this.picked.clear();
  }

  protected async tryAgain(row: NowRow): Promise<void> {
    if (!row.run_id || this.askedAgain.rows().has(row.row_id)) return;
    await this.askedAgain.ask(row).catch((error: unknown) => {
      this.notices.add(error);
    });
  }

  protected async stop(row: NowRow, sure: boolean): Promise<void> {
    this.stopping.set(null);
    if (!sure || !row.run_id) return;
    await this.api.cancel(row.session_id, row.run_id).catch((error: unknown) => {
      this.notices.add(error);
    });
  }
}
