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
import { kindWord, statusWord } from './event-words';
import { OpinionsComponent } from './opinions.component';
import { ReasoningComponent } from './reasoning.component';

interface Fact {
  readonly name: string;
  readonly value: string;
  readonly tone?: string;
}

/** In words once, and not at each moment of a step that goes on. */
const NAMES = {
  agent: $localize`Agent`,
  kind: $localize`Kind`,
  status: $localize`Status`,
  started: $localize`:when a step did|:Started`,
  ended: $localize`:when a step did|:Ended`,
  runningFor: $localize`:how long a step has been|:Running for`,
  duration: $localize`Duration`,
  model: $localize`Model`,
  tokens: $localize`Tokens`,
  progress: $localize`Progress`,
  decision: $localize`Decision`,
  error: $localize`Error`,
  details: $localize`Details`,
};
const REFUSED = $localize`:status of a step|:refused`;
const STOPPED = $localize`:a step|:stopped with its run`;
const CALL = { name: $localize`Tool call`, copy: $localize`Copy the tool call` };
const INPUT = { name: $localize`Input`, copy: $localize`Copy the input` };
const OUTPUT = { name: $localize`Output`, copy: $localize`Copy the output` };
const TRACE = { name: $localize`:of a tracing system|:Trace`, copy: $localize`Copy the id of the trace` };
const SPAN = { name: $localize`:of a tracing system|:Span`, copy: $localize`Copy the id of the span` };

/** Everything about one step: who, when, what went in, what came out, what went wrong. */
@Component({
  selector: 'app-activity-detail',
  imports: [IconComponent, MarkedComponent, OpinionsComponent, ReasoningComponent],
  template: `
    <aside class="detail" aria-label="Step" i18n-aria-label>
      <div class="detail-head" [class]="colour()">
        <span class="dot" aria-hidden="true"></span>
        <h2 class="clip">{{ activity().action }}</h2>
        <span class="spring"></span>
        <ng-content />
        <button
          type="button"
          class="icon-button"
          aria-label="Close"
          i18n-aria-label
          title="Close (Esc)"
          i18n-title
          (click)="closed.emit()"
        >
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
                <button type="button" class="icon-button" [attr.aria-label]="id.copy" (click)="copy(id.name, id.value)">
                  <app-icon [name]="copied() === id.name ? 'done' : 'copy'" />
                </button>
              </dd>
            }
            @if (place(); as place) {
              <dt i18n="noun|">Link</dt>
              <dd>
                <a [href]="place.href" target="_blank" rel="noopener noreferrer" i18n>Open in {{ place.host }}</a>
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
                  [attr.aria-label]="block.copy"
                  (click)="copy(block.name, block.text)"
                >
                  <app-icon [name]="copied() === block.name ? 'done' : 'copy'" />
                </button>
              }
            </h3>
            <!-- A region that scrolls must be reachable with the keyboard. -->
            @if (block.isOutput && reasoning().length > 0) {
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
      { name: NAMES.agent, value: activity.agent },
      { name: NAMES.kind, value: kindWord(activity.kind) },
      { name: NAMES.status, value: this.statusOf(activity, live) },
      { name: NAMES.started, value: clockTime(activity.begin) },
    ];
    if (activity.end !== null) facts.push({ name: NAMES.ended, value: clockTime(activity.end) });
    facts.push({
      name: live ? NAMES.runningFor : NAMES.duration,
      value: duration(endOf(activity, runEnd, this.now()) - activity.begin),
    });
    if (activity.model) facts.push({ name: NAMES.model, value: activity.model });
    if (activity.inputTokens + activity.outputTokens > 0) {
      const [put, got] = [count(activity.inputTokens), count(activity.outputTokens)];
      facts.push({ name: NAMES.tokens, value: $localize`${put}:input: in, ${got}:output: out` });
    }
    if (activity.progress !== null && live)
      facts.push({ name: NAMES.progress, value: `${Math.round(activity.progress * 100)} %` });
    const decision = decisionWords(activity);
    if (decision) facts.push({ name: NAMES.decision, value: decision });
    if (activity.error) facts.push({ name: NAMES.error, value: activity.error, tone: 'bad' });
    if (activity.details && activity.details !== activity.error)
      facts.push({ name: NAMES.details, value: activity.details });
    return facts;
  });

  private statusOf(activity: Activity, live: boolean): string {
    if (isRefused(activity)) return REFUSED;
    return live || activity.end !== null ? statusWord(activity.status) : STOPPED;
  }

  /** With which the step is found in a tracing system. */
  protected readonly ids = computed(() => {
    const span = spanOf(this.activity());
    return span
      ? [
          { ...TRACE, value: span.trace },
          { ...SPAN, value: span.span },
        ]
      : [];
  });

  protected readonly activityId = computed(() => activityIdOf(this.activity()));
  protected readonly place = computed(() => placeOf(this.activity().link));

  protected readonly blocks = computed(() => {
    const activity = this.activity();
    const input = activity.kind === 'tool' ? CALL : INPUT;
    return [
      { ...input, isOutput: false, text: plain(activity.input), shown: readable(activity.input) },
      { ...OUTPUT, isOutput: true, text: plain(activity.output), shown: readable(activity.output) },
    ].filter(({ isOutput, text }) => text !== '' || (isOutput && this.reasoning().length > 0));
  });

  protected async copy(name: string, text: string): Promise<void> {
    if (!(await this.clipboard.copy(text))) return;
    this.copied.set(name);
    setTimeout(() => this.copied.set(null), 1500);
  }
}
