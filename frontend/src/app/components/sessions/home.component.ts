import { Component, computed, effect, inject, input, signal } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { Session } from '../../models/models';
import { Account } from '../../services/account.service';
import { AgentRegistry } from '../../services/agent-registry';
import { Clock } from '../../services/clock.service';
import { Layout } from '../../services/layout.service';
import { NewSessionService } from '../../services/new-session.service';
import { Notices } from '../../services/notices.service';
import { ServerReach } from '../../services/server-reach.service';
import { SessionsService } from '../../services/sessions.service';
import { when } from '../../state/format';
import { sessionSign } from '../../state/session-sign';
import { AgentAvatarComponent } from '../shared/agent-avatar.component';
import { AgentPickerComponent } from '../shared/agent-picker.component';
import { IconComponent } from '../shared/icon.component';

const RECENT = 6;

/** The start: what was last done, or, when nothing was, a sample to see it work. At the root, it is for the latter. */
@Component({
  selector: 'app-home',
  imports: [AgentAvatarComponent, AgentPickerComponent, IconComponent, RouterLink],
  templateUrl: './home.component.html',
  styleUrl: './home.component.css',
})
export class HomeComponent {
  /** Whether who has sessions is led to what goes on in them. */
  readonly leads = input(false);

  protected readonly account = inject(Account);
  protected readonly agents = inject(AgentRegistry);
  protected readonly list = inject(SessionsService);
  protected readonly layout = inject(Layout);
  protected readonly reach = inject(ServerReach);
  protected readonly busy = signal(false);
  /** Nobody is led away from what they read: what is made meanwhile, also by the sample, changes nothing. */
  private readonly stays = signal(false);
  protected readonly shown = computed(() => !this.leads() || this.stays() || this.list.state() === 'failed');
  protected readonly recent = computed(() => (this.list.archived() ? [] : this.list.sessions().slice(0, RECENT)));
  private readonly clock = inject(Clock);
  private readonly newSessions = inject(NewSessionService);
  private readonly router = inject(Router);
  private readonly notices = inject(Notices);

  constructor() {
    if (this.account.mayWork()) void this.agents.load();
    effect(() => {
      if (this.shown() || this.list.state() !== 'ready') return;
      if (this.list.none()) this.stays.set(true);
      else void this.router.navigateByUrl('/now', { replaceUrl: true });
    });
  }

  protected newSession(): void {
    this.newSessions.open();
  }

  protected async trySample(): Promise<void> {
    if (this.busy()) return;
    this.busy.set(true);
    try {
      const session = await this.list.createSample();
      await this.router.navigate(['/sessions', session.id]);
    } catch (error: unknown) {
      this.notices.add(error);
    } finally {
      this.busy.set(false);
    }
  }

  protected dot(session: Session): string {
    return session.findings.length > 0 ? 'bad' : sessionSign(session.status).dot;
  }

  protected time(session: Session): string {
    return when(Date.parse(session.updated_at), this.clock.now());
  }
}
