import { Component, DestroyRef, computed, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { ApiKey, Session } from '../../models/models';
import { Account } from '../../services/account.service';
import { BROWSER } from '../../services/browser';
import { RingsideApi } from '../../services/ringside-api';
import { ServerInfo } from '../../services/server-info.service';
import { TeamApi } from '../../services/team-api';
import { NO_KEY, waysIn } from '../../state/ways-in';
import { LinesComponent } from '../shared/lines.component';
import { PageComponent } from '../shared/page.component';
import { Submission } from '../shared/submission';
import { TabListComponent } from '../shared/tab-list.component';

const LOOK = 2000;
const LOOKED_THROUGH = 50; // those of others may have changed since, too
const EVERYTHING = { query: '', archived: false, tag: null, priority: null };

/** How programs that run elsewhere get in: pick one, make a key, copy the lines, and see the first event arrive. */
@Component({
  selector: 'app-connect',
  imports: [LinesComponent, PageComponent, RouterLink, TabListComponent],
  templateUrl: './connect.component.html',
  styleUrl: './connect.component.css',
})
export class ConnectComponent {
  protected readonly account = inject(Account);
  private readonly api = inject(RingsideApi);
  private readonly browser = inject(BROWSER);
  private readonly info = inject(ServerInfo);
  private readonly team = inject(TeamApi);

  private readonly key = signal<{ readonly record: ApiKey; readonly secret: string } | null>(null);
  private readonly session = `my-first-session-${Math.random().toString(36).slice(2, 6)}`;
  private asking = false;

  protected readonly submission = new Submission();
  protected readonly chosen = signal('python');
  protected readonly made = computed(() => this.key()?.record ?? null);
  /** Whether a program has used the key, and what it filled first. */
  protected readonly reached = signal(false);
  protected readonly arrived = signal<Session | null>(null);
  protected readonly ways = computed(() =>
    waysIn({
      origin: location.origin,
      package: this.info.info()?.package ?? null,
      key: this.key()?.secret ?? NO_KEY,
      session: this.session,
    }),
  );
  protected readonly way = computed(() => this.ways().find(({ id }) => id === this.chosen()));

  constructor() {
    const timer = setInterval(() => void this.look(), LOOK);
    inject(DestroyRef).onDestroy(() => clearInterval(timer));
  }

  protected async makeKey(): Promise<void> {
    await this.submission.send(async () => {
      const name = $localize`Connect: ${this.way()?.label ?? ''}:way:`;
      const { key, secret } = await this.team.createKey({ name, scopes: ['emit'] });
      this.reached.set(false);
      this.arrived.set(null);
      this.key.set({ record: key, secret });
    });
  }

  private async look(): Promise<void> {
    const made = this.made();
    if (this.asking || made === null || this.arrived() !== null || !this.browser.isVisible()) return;
    this.asking = true;
    // What goes wrong meanwhile is told by the page around it; the next look tries again.
    await this.lookFor(made).catch(() => null);
    this.asking = false;
  }

  private async lookFor(made: ApiKey): Promise<void> {
    if (!this.reached()) {
      const keys = await this.team.keys(false);
      this.reached.set(keys.some(({ id, last_used_at }) => id === made.id && last_used_at !== null));
    }
    if (!this.reached()) return;
    const { sessions } = await this.api.sessions(EVERYTHING, null, LOOKED_THROUGH);
    const since = Date.parse(made.created_at);
    this.arrived.set(sessions.find((one) => one.mine && Date.parse(one.created_at) >= since && one.head > 0) ?? null);
  }
}
