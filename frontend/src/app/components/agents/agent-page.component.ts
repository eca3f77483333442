import { Component, computed, effect, inject, input, resource, viewChild } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { Account } from '../../services/account.service';
import { AgentRegistry } from '../../services/agent-registry';
import { AgentsApi } from '../../services/agents-api';
import { BackendKinds } from '../../services/backend-kinds';
import { loadErrorOf } from '../shared/load-error';
import { Leavable } from '../../services/unsaved.guard';
import { AgentFormComponent } from './agent-form.component';
import { IconComponent } from '../shared/icon.component';
import { PageComponent } from '../shared/page.component';
import { PauseSwitchComponent } from '../shared/pause-switch.component';
import { UnsavedComponent } from '../shared/unsaved.component';

/** One agent, for administrators: a new one, or one to be changed. */
@Component({
  selector: 'app-agent-page',
  imports: [AgentFormComponent, IconComponent, PageComponent, PauseSwitchComponent, RouterLink, UnsavedComponent],
  template: `
    <app-page [heading]="heading()">
      <a class="link back" routerLink="/agents"><app-icon name="back" /><ng-container i18n>All agents</ng-container></a>
      @if (loadError() ?? kindsError(); as loadError) {
        <p class="form-error" role="status">
          {{ loadError.words }}
          @if (loadError.passing) {
            <button i18n type="button" class="link" (click)="agent.reload(); kinds.reload()">Try again</button>
          }
        </p>
      } @else if (kinds.hasValue() && (!agentId() || agent.hasValue())) {
        @if (agent.value(); as known) {
          <app-pause-switch
            [agentId]="known.id"
            [named]="known.name"
            about="Pause the agent to keep questions waiting, without switching it off."
            i18n-about
          />
        }
        <app-agent-form [agent]="agent.value() ?? null" [kinds]="kinds.value()" (saved)="leave()" />
      }
    </app-page>
    <app-unsaved
      heading="Leave without saving?"
      i18n-heading
      text="Your changes are not saved."
      i18n-text
      [dirty]="dirty"
    />
  `,
  styleUrl: './agent-page.component.css',
})
export class AgentPageComponent implements Leavable {
  /** From the route; none: it is yet to be made. */
  readonly agentId = input<string>();

  private readonly account = inject(Account);
  private readonly api = inject(AgentsApi);
  private readonly backendKinds = inject(BackendKinds);
  private readonly registry = inject(AgentRegistry);
  private readonly router = inject(Router);
  private readonly form = viewChild(AgentFormComponent);
  protected readonly agent = resource({ params: () => this.agentId(), loader: ({ params }) => this.api.agent(params) });
  protected readonly kinds = resource({ loader: () => this.backendKinds.load() });
  protected readonly loadError = loadErrorOf(this.agent);
  protected readonly kindsError = loadErrorOf(this.kinds);
  protected readonly heading = computed(() => {
    if (!this.agentId()) return $localize`New agent`;
    return this.agent.hasValue() ? this.agent.value().name : $localize`Agent`;
  });
  private readonly unsaved = viewChild.required(UnsavedComponent);
  /** Whoever may no longer save has nothing to stay for. */
  protected readonly dirty = computed(() => this.form()?.dirty() === true && this.account.isAdministrator());

  constructor() {
    effect(() => {
      if (this.account.me() && !this.account.isAdministrator()) void this.router.navigateByUrl('/');
    });
  }

  mayLeave(): boolean | Promise<boolean> {
    return this.unsaved().mayLeave();
  }

  protected async leave(): Promise<void> {
    void this.registry.load();
    await this.router.navigateByUrl('/agents');
  }
}
