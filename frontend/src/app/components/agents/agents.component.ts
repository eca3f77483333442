import { Component, effect, inject, resource, signal } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { Agent, AgentWorkers } from '../../models/models';
import { Account } from '../../services/account.service';
import { AgentRegistry } from '../../services/agent-registry';
import { AgentsApi } from '../../services/agents-api';
import { BackendKinds } from '../../services/backend-kinds';
import { PausesApi } from '../../services/pauses-api';
import { ServerInfo } from '../../services/server-info.service';
import { Submission } from '../shared/submission';
import { loadErrorOf } from '../shared/load-error';
import { ago } from '../../state/control-words';
import { when } from '../../state/format';
import { modelWords, problemWords } from '../../state/agent-words';
import { AgentAvatarComponent } from '../shared/agent-avatar.component';
import { ConfirmComponent } from '../shared/confirm.component';
import { PageComponent } from '../shared/page.component';

/** The team's agents, for its administrators: whom sessions can be answered by. */
@Component({
  selector: 'app-agents',
  imports: [AgentAvatarComponent, ConfirmComponent, PageComponent, RouterLink],
  templateUrl: './agents.component.html',
  styleUrl: './agents.component.css',
})
export class AgentsComponent {
  private readonly api = inject(AgentsApi);
  private readonly pausesApi = inject(PausesApi);
  private readonly registry = inject(AgentRegistry);
  protected readonly backendKinds = inject(BackendKinds);
  private readonly info = inject(ServerInfo);
  protected readonly submission = new Submission();
  protected readonly deleting = signal<Agent | null>(null);
  protected readonly agents = resource({
    loader: async () => (await Promise.all([this.api.agents(), this.backendKinds.load()]))[0],
  });
  private readonly pauses = resource({ loader: () => this.pausesApi.list() });
  protected readonly loadError = loadErrorOf(this.agents);
  protected readonly problemWords = problemWords;
  protected readonly skeleton = [0, 1, 2];

  constructor() {
    const [account, router] = [inject(Account), inject(Router)];
    // Administrators can take the role from themselves.
    effect(() => {
      if (account.me() && !account.isAdministrator()) void router.navigateByUrl('/');
    });
  }

  /** Whose questions wait, and who has paused it; '' for one that is not paused. */
  protected pausedBy({ id }: Agent): string {
    const found = this.pauses.hasValue() ? this.pauses.value().find(({ agent_id }) => agent_id === id) : null;
    if (!found) return '';
    const since = ago(Date.parse(found.at), Date.now());
    return found.by
      ? $localize`Paused by ${found.by}:name:, ${since}:since:`
      : $localize`:an agent|since when:Paused, ${since}:since:`;
  }

  protected workerWords({ connected, last_seen_at }: AgentWorkers): string {
    if (connected.length > 0) return $localize`Connected: ${connected.join(', ')}:workers:`;
    return last_seen_at
      ? $localize`No worker is connected; the last one asked at ${when(Date.parse(last_seen_at), Date.now())}:time:`
      : $localize`No worker is connected`;
  }

  protected enabledWords({ name }: Agent): string {
    return $localize`${name}:name: is enabled`;
  }

  protected deleteWords({ name }: Agent): string {
    return $localize`Delete ${name}:name:`;
  }

  protected modelOf({ kind: name, configuration }: Agent): string {
    const kind = this.backendKinds.find(name);
    return configuration && kind ? modelWords(configuration, kind, this.info.info()) : '';
  }

  protected async enable(agent: Agent, box: HTMLInputElement): Promise<void> {
    await this.submission.send(async () => {
      const changed = await this.api.change(agent.id, { enabled: box.checked });
      this.agents.update((agents) => agents?.map((one) => (one.id === changed.id ? changed : one)));
      void this.registry.load();
    });
    // What was not changed must not look as if it were.
    box.checked = this.agents.value()?.find(({ id }) => id === agent.id)?.enabled ?? agent.enabled;
  }

  protected async remove(agent: Agent, sure: boolean): Promise<void> {
    this.deleting.set(null);
    if (!sure) return;
    await this.submission.send(async () => {
      await this.api.remove(agent.id);
      this.agents.update((agents) => agents?.filter(({ id }) => id !== agent.id));
      void this.registry.load();
    });
  }
}
