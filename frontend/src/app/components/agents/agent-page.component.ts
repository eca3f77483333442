import { Component, computed, effect, inject, input, resource, signal, viewChild } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { Account } from '../../services/account.service';
import { AgentRegistry } from '../../services/agent-registry';
import { AgentsApi } from '../../services/agents-api';
import { loadErrorOf } from '../shared/load-error';
import { Leavable } from '../../services/unsaved.guard';
import { AgentFormComponent } from './agent-form.component';
import { ConfirmComponent } from '../shared/confirm.component';
import { IconComponent } from '../shared/icon.component';
import { PageComponent } from '../shared/page.component';

/** One agent, for administrators: a new one, or one to be changed. */
@Component({
  selector: 'app-agent-page',
  imports: [AgentFormComponent, ConfirmComponent, IconComponent, PageComponent, RouterLink],
  template: `
    <app-page [heading]="heading()">
      <a class="link back" routerLink="/agents"><app-icon name="back" />All agents</a>
      @if (loadError(); as loadError) {
        <p class="form-error" role="status">
          {{ loadError.words }}
          @if (loadError.passing) {
            <button type="button" class="link" (click)="agent.reload()">Try again</button>
          }
        </p>
      } @else if (!agentId() || agent.hasValue()) {
        <app-agent-form [agent]="agent.value() ?? null" (saved)="leave()" />
      }
    </app-page>
    @if (leaving(); as decide) {
      <app-confirm
        heading="Leave without saving?"
        text="Your changes are not saved."
        action="Leave"
        (closed)="decide($event); leaving.set(null)"
      />
    }
  `,
  styleUrl: './agent-page.component.css',
  host: { '(window:beforeunload)': 'onUnload($event)' },
})
export class AgentPageComponent implements Leavable {
  /** From the route; none: it is yet to be made. */
  readonly agentId = input<string>();

  private readonly account = inject(Account);
  private readonly api = inject(AgentsApi);
  private readonly registry = inject(AgentRegistry);
  private readonly router = inject(Router);
  private readonly form = viewChild(AgentFormComponent);
  protected readonly agent = resource({ params: () => this.agentId(), loader: ({ params }) => this.api.agent(params) });
  protected readonly loadError = loadErrorOf(this.agent);
  protected readonly heading = computed(() => {
    if (!this.agentId()) return 'New agent';
    return this.agent.hasValue() ? this.agent.value().name : 'Agent';
  });
  /** Takes the decision whether to leave, while the user is asked. */
  protected readonly leaving = signal<((leave: boolean) => void) | null>(null);

  constructor() {
    effect(() => {
      if (this.account.me() && !this.account.isAdministrator()) void this.router.navigateByUrl('/');
    });
  }

  mayLeave(): boolean | Promise<boolean> {
    // Whoever may no longer save has nothing to stay for.
    if (!this.form()?.dirty() || !this.account.isAdministrator()) return true;
    return new Promise((decide) => this.leaving.set(decide));
  }

  protected async leave(): Promise<void> {
    void this.registry.load();
    await this.router.navigateByUrl('/agents');
  }

  protected onUnload(event: Event): void {
    if (this.form()?.dirty()) event.preventDefault();
  }
}
