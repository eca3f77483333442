import { Component, computed, inject, input, signal } from '@angular/core';

import { Session } from '../../models/models';
import { AgentActivityService } from '../../services/agent-activity.service';
import { Clipboard } from '../../services/clipboard.service';
import { Command, Commands } from '../../services/commands.service';
import { ExportFormat, ExportService } from '../../services/export.service';
import { Notices } from '../../services/notices.service';
import { when } from '../../state/format';
import { PRIORITIES, Priority } from '../../state/priority-words';
import { NO_RUN, Run } from '../../state/session-state';
import { MenuComponent, MenuItem } from '../shared/menu.component';
import { RunComparisonComponent } from './run-comparison.component';
import { SessionTagsComponent } from './session-tags.component';

const FORMATS: readonly { readonly id: ExportFormat; readonly label: string }[] = [
  { id: 'json', label: $localize`Export all as JSON` },
  { id: 'markdown', label: $localize`Export conversation as Markdown` },
  { id: 'csv', label: $localize`Export activities as CSV` },
];

/** What else can be done with the open session: its tags and priority, comparing its runs, and files made of it. */
@Component({
  selector: 'app-session-menu',
  imports: [MenuComponent, RunComparisonComponent, SessionTagsComponent],
  template: `
    <app-menu label="Tags, priority, export" i18n-label [items]="items()" (chosen)="choose($event)" />
    @defer (when tagging()) {
      @if (tagging()) {
        <app-session-tags [tags]="session().tags" [save]="keep" (closed)="tagging.set(false)" />
      }
    }
    @defer (when comparing() !== null) {
      @if (comparing(); as run) {
        <app-run-comparison [run]="run" [others]="others()" [sessionId]="session().id" (closed)="comparing.set(null)" />
      }
    }
  `,
})
export class SessionMenuComponent {
  readonly session = input.required<Session>();
  /** Whether it may only be watched. */
  readonly readOnly = input(false);
  /** The run on display. */
  readonly run = input<Run | null>(null);

  private readonly store = inject(AgentActivityService);
  private readonly clipboard = inject(Clipboard);
  private readonly exports = inject(ExportService);
  private readonly notices = inject(Notices);
  protected readonly tagging = signal(false);
  /** The run that another one is chosen for, to be compared with it. */
  protected readonly comparing = signal<Run | null>(null);
  protected readonly others = computed(() =>
    this.store.presentRuns().filter(({ id }) => id !== NO_RUN && id !== this.run()?.id),
  );

  protected readonly items = computed<MenuItem[]>(() => [
    ...(this.readOnly()
      ? []
      : [
          { id: 'tags', label: $localize`Tags…` },
          ...PRIORITIES.map(({ id, label }, at) => ({
            id,
            label,
            checked: id === this.session().priority,
            apart: at === 0,
          })),
          ...this.retention(),
        ]),
    ...this.comparison(),
    ...FORMATS.map((format, at) => ({ ...format, apart: at === 0 && (!this.readOnly() || this.comparable()) })),
  ]);

  private readonly comparable = computed(() => {
    const run = this.run();
    return run !== null && run.id !== NO_RUN && this.others().length > 0;
  });
  private readonly comparison = computed<MenuItem[]>(() =>
    this.comparable()
      ? [{ id: 'compare', label: $localize`Compare run ${this.run()?.number}:number: with…`, apart: !this.readOnly() }]
      : [],
  );

  /** Only where sessions are removed by their age. */
  private readonly retention = computed<MenuItem[]>(() => {
    const { kept, removed_at } = this.session();
    if (!kept && removed_at === null) return [];
    const label = kept
      ? $localize`:a session|:Kept for good`
      : $localize`Keep (else removed on ${when(Date.parse(removed_at ?? ''), 0)}:day:)`;
    return [{ id: 'keep', label, checked: kept, apart: true }];
  });

  private readonly offered = computed<Command[]>(() => {
    const { id, mine, shared, archived } = this.session();
    const address = `${location.origin}/sessions/${encodeURIComponent(id)}`;
    const own = [
      {
        id: 'link',
        label: $localize`Copy link`,
        also: $localize`:further words to find it by|:url address`,
        run: () => this.clipboard.copy(address),
      },
      ...(mine && !this.readOnly()
        ? [
            {
              id: 'share',
              label: shared ? $localize`Make private` : $localize`Share with the team`,
              run: () => this.store.share(!shared),
            },
          ]
        : []),
      ...(this.readOnly()
        ? []
        : [
            {
              id: 'archive',
              label: archived ? $localize`Unarchive` : $localize`:verb|:Archive`,
              run: () => this.store.archive(!archived),
            },
          ]),
      ...this.items().map(({ id: item, label, checked }) => ({
        id: item,
        label: checked === undefined || item === 'keep' ? label : $localize`Priority: ${label}:priority:`,
        run: () => this.choose(item),
      })),
    ];
    return own.map((one) => ({ ...one, group: 'This session' }));
  });

  constructor() {
    inject(Commands).contribute(this.offered);
  }

  protected readonly keep = (tags: string[]): Promise<void> => this.store.describe({ tags });

  protected async choose(item: string): Promise<void> {
    if (item === 'tags') {
      this.tagging.set(true);
      return;
    }
    if (item === 'compare') {
      this.comparing.set(this.run());
      return;
    }
    try {
      const format = FORMATS.find(({ id }) => id === item);
      if (format) await this.exports.download(this.session().id, format.id);
      else if (item === 'keep') await this.store.describe({ kept: !this.session().kept });
      else if (item !== this.session().priority) await this.store.describe({ priority: item as Priority });
    } catch (error: unknown) {
      this.notices.add(error);
    }
  }
}
