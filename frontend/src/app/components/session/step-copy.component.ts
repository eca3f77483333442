import { Location } from '@angular/common';
import { Component, computed, inject, input, signal } from '@angular/core';
import { Router } from '@angular/router';

import { AgentActivityService } from '../../services/agent-activity.service';
import { Clipboard } from '../../services/clipboard.service';
import { activityIdOf } from '../../state/session-address';
import { Activity } from '../../state/session-state';
import { stepCurl, stepJson, stepMarkdown } from '../../state/step-copy';
import { IconComponent } from '../shared/icon.component';
import { MenuComponent, MenuItem } from '../shared/menu.component';

const ITEMS: readonly MenuItem[] = [
  { id: 'link', label: $localize`Copy link` },
  { id: 'markdown', label: $localize`Copy as Markdown` },
  { id: 'json', label: $localize`Copy as JSON` },
  { id: 'curl', label: $localize`Copy as cURL` },
];

/** Takes a step elsewhere: its address, what it says, or the request that reads it. */
@Component({
  selector: 'app-step-copy',
  imports: [IconComponent, MenuComponent],
  template: `
    <app-menu label="Copy the step" i18n-label [items]="items" (chosen)="copy($event)">
      <app-icon [name]="copied() ? 'done' : 'link'" />
    </app-menu>
    <span class="sr" role="status">
      @if (copied()) {
        <ng-container i18n>Copied</ng-container>
      }
    </span>
  `,
})
export class StepCopyComponent {
  readonly activity = input.required<Activity>();
  readonly sessionId = input.required<string>();

  private readonly store = inject(AgentActivityService);
  private readonly clipboard = inject(Clipboard);
  private readonly location = inject(Location);
  private readonly router = inject(Router);
  protected readonly items = ITEMS;
  protected readonly copied = signal(false);

  /** Where this page is, with nothing but the step: filters of one's own are not in the way of others. */
  private readonly link = computed(() => {
    const [page] = this.router.url.split(/[?#]/);
    const { runId } = this.activity();
    const query = new URLSearchParams({ ...(runId && { run: runId }), step: activityIdOf(this.activity()) });
    return `${location.origin}${this.location.prepareExternalUrl(page ?? '/')}?${query.toString()}`;
  });

  protected async copy(what: string): Promise<void> {
    if (!(await this.clipboard.copy(this.text(what)))) return;
    this.copied.set(true);
    setTimeout(() => this.copied.set(false), 1500);
  }

  private text(what: string): string {
    const [activity, sessionId] = [this.activity(), this.sessionId()];
    if (what === 'markdown') return stepMarkdown(activity, this.link());
    if (what === 'json') return stepJson(activity, sessionId);
    if (what === 'curl') return stepCurl(activity, sessionId, this.store.state().log, location.origin);
    return this.link();
  }
}
