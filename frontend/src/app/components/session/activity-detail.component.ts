import { Component, computed, inject, input, output, signal } from '@angular/core';

import { AgentColours } from '../../services/agent-colours.service';
import { Clipboard } from '../../services/clipboard.service';
import { decisionWords } from '../../state/approval-words';
import { clockTime, count, duration, plain, readable } from '../../state/format';
import { placeOf } from '../../state/place';
import { isRefused } from '../../state/refusal';
import { activityIdOf } from '../../state/session-address';
import { Activity, Reasoning, Run } from '../../state/session-state';
import { spanOf } from '../../state/span';
import { endOf, isLive } from '../../state/timeline';
import { IconComponent } from '../shared/icon.component';
import { MarkedComponent } from '../shared/marked.component';
import { OpinionsComponent } from './opinions.component';
import { ReasoningComponent } from './reasoning.component';

interface Fact {
  readonly name: string;
  readonly value: string;
  readonly tone?: string;
}

/** Everything about one step: who, when, what went in, what came out, what went wrong. */
@Component({
  selector: 'app-activity-detail',
  imports: [IconComponent, MarkedComponent, OpinionsComponent, ReasoningComponent],
  template: `
    <aside class="detail" aria-label="Step">
      <div class="detail-head" [class]="colour()">
        <span class="dot" aria-hidden="true"></span>
        <h2 class="clip">{{ activity().action }}</h2>
        <span class="spring"></span>
        <ng-content />
        <button type="button" class="icon-button" aria-label="Close" title="Close (Esc)" (click)="closed.emit()">
          <app-icon name="close" />
        </button>
      </div>
      <div class="detail-body">
        <div class="side">
          @if (judged() && activity().runId; as runId) {
            <app-opinions what="step" [runId]="runId" [activityId]="activityId()" />
          }
          <dl class="facts">
            @for (fact of facts(); track fact.name) {
              <dt>{{ fact.name }}</dt>
              <dd [class]="fact.tone ?? ''">{{ fact.value }}</dd>
            }
            @for (id of ids(); track id.name) {
              <dt>{{ id.name }}</dt>
              <dd class="id">
                <code>{{ id.value }}</code>
                <button
                  type="button"
                  class="icon-button"
                  [attr.aria-label]="'Copy the id of the ' + id.name.toLowerCase()"
                  (click)="copy(id.name, id.value)"
                >
                  <app-icon [name]="copied() === id.name ? 'done' : 'copy'" />
                </button>
              </dd>
            }
            @if (place(); as place) {
              <dt>Link</dt>
              <dd>
                <a [href]="place.href" target="_blank" rel="noopener noreferrer">Open in {{ place.host }}</a>
              </dd>
            }
          </dl>
        </div>
        @for (block of blocks(); track block.name) {
          <div>
            <h3>
              {{ block.name }}
              @if (block.text) {
                <button
                  type="button"
                  class="icon-button"
                  [attr.aria-label]="'Copy the ' + block.name.toLowerCase()"
                  (click)="copy(block.name, block.text)"
                >
                  <app-icon [name]="copied() === block.name ? 'done' : 'copy'" />
                </button>
              }
            </h3>
            <!-- A region that scrolls must be reachable with the keyboard. -->
            @if (block.name === 'Output' && reasoning().length > 0) {
              <app-reasoning [reasoning]="reasoning()" [runEnd]="run()?.endedAt ?? null" />
            }
            @if (block.text) {
              <pre
                tabindex="0"
                role="group"
                [attr.aria-label]="block.name"
              ><app-marked [text]="block.shown" [words]="words()" /></pre>
            }
          </div>
        }
      </div>
    </aside>
  `,
  styleUrl: './activity-detail.component.css',
})
export class ActivityDetailComponent {
  private readonly colours = inject(AgentColours);
  readonly activity = input.required<Activity>();
  readonly run = input<Run | null>(null);
  /** What was thought in the step. */
  readonly reasoning = input<readonly Reasoning[]>([]);
  readonly now = input.required<number>();
  /** What is searched for. */
  readonly words = input('');
  /** Whether whoever looks may say what they think of the step. */
  readonly judged = input(false);
  readonly closed = output();

  private readonly clipboard = inject(Clipboard);
  protected readonly copied = signal<string | null>(null);
  protected readonly colour = computed(() => this.colours.look(this.activity().agent));

  protected readonly facts = computed<Fact[]>(() => {
    const activity = this.activity();
    const runEnd = this.run()?.endedAt ?? null;
    const live = isLive(activity, runEnd);
    const facts: Fact[] = [
      { name: 'Agent', value: activity.agent },
      { name: 'Kind', value: activity.kind },
      { name: 'Status', value: this.statusOf(activity, live) },
      { name: 'Started', value: clockTime(activity.begin) },
    ];
    if (activity.end !== null) facts.push({ name: 'Ended', value: clockTime(activity.end) });
    facts.push({
      name: live ? 'Running for' : 'Duration',
      value: duration(endOf(activity, runEnd, this.now()) - activity.begin),
    });
    if (activity.model) facts.push({ name: 'Model', value: activity.model });
    if (activity.inputTokens + activity.outputTokens > 0) {
      facts.push({ name: 'Tokens', value: `${count(activity.inputTokens)} in, ${count(activity.outputTokens)} out` });
    }
    if (activity.progress !== null && live)
      facts.push({ name: 'Progress', value: `${Math.round(activity.progress * 100)} %` });
    const decision = decisionWords(activity);
    if (decision) facts.push({ name: 'Decision', value: decision });
    if (activity.error) facts.push({ name: 'Error', value: activity.error, tone: 'bad' });
    if (activity.details && activity.details !== activity.error)
      facts.push({ name: 'Details', value: activity.details });
    return facts;
  });

  private statusOf(activity: Activity, live: boolean): string {
    if (isRefused(activity)) return 'refused';
    return live || activity.end !== null ? activity.status : 'stopped with its run';
  }

  /** With which the step is found in a tracing system. */
  protected readonly ids = computed<Fact[]>(() => {
    const span = spanOf(this.activity());
    return span
      ? [
          { name: 'Trace', value: span.trace },
          { name: 'Span', value: span.span },
        ]
      : [];
  });

  protected readonly activityId = computed(() => activityIdOf(this.activity()));
  protected readonly place = computed(() => placeOf(this.activity().link));

  protected readonly blocks = computed(() => {
    const activity = this.activity();
    const input = activity.kind === 'tool' ? 'Tool call' : 'Input';
    return [
      { name: input, text: plain(activity.input), shown: readable(activity.input) },
      { name: 'Output', text: plain(activity.output), shown: readable(activity.output) },
    ].filter(({ name, text }) => text !== '' || (name === 'Output' && this.reasoning().length > 0));
  });

  protected async copy(name: string, text: string): Promise<void> {
    if (!(await this.clipboard.copy(text))) return;
    this.copied.set(name);
    setTimeout(() => this.copied.set(null), 1500);
  }
}
