import { Component, computed, inject, input, output } from '@angular/core';

import { AgentColours } from '../../services/agent-colours.service';
import { GraphNode } from '../../state/agent-graph';
import { sizeOf } from '../../state/graph-layout';
import { count, duration, tokens } from '../../state/format';
import { statusWord } from './event-words';

/** An agent of the graph or its tools: what it is, how often it did something, how long that took. */
@Component({
  selector: 'app-graph-node',
  template: `
    <button type="button" class="node" [class]="look()" [attr.aria-label]="spoken()" (click)="chosen.emit(node())">
      <span class="line">
        @if (node().kind !== 'agent') {
          <i class="tool" aria-hidden="true"></i>
        }
        <b class="clip">{{ node().label }}</b>
        @if (node().failed > 0) {
          <span class="tag bad">{{ failed() }}</span>
        }
      </span>
      <span class="line small">
        <span class="clip">{{ figures() }}</span>
        <time>{{ took() }}</time>
      </span>
    </button>
  `,
  styleUrl: './graph-node.component.css',
  host: { '[style.width.px]': 'size().width', '[style.height.px]': 'size().height' },
})
export class GraphNodeComponent {
  private readonly colours = inject(AgentColours);
  readonly node = input.required<GraphNode>();
  readonly chosen = output<GraphNode>();

  protected readonly size = computed(() => sizeOf(this.node()));
  protected readonly look = computed(() => {
    const { agent, kind, look } = this.node();
    return `${this.colours.look(agent)} ${kind === 'agent' ? 'agent' : 'of-agent'} ${look}`;
  });
  /** Without how long it takes: that changes moment by moment, and the words stay the same. */
  private readonly said = computed(() => this.node(), { equal: saysTheSame });
  protected readonly failed = computed(() => $localize`${count(this.said().failed)}:count: failed`);
  protected readonly took = computed(() => duration(this.node().took));
  protected readonly figures = computed(() => {
    const { tokens: used } = this.said();
    return used > 0 ? `${this.much()}, ${tokens(used)}` : this.much();
  });
  private readonly much = computed(() => {
    const { steps, kind } = this.said();
    if (kind === 'agent') return steps === 1 ? $localize`1 step` : $localize`${count(steps)}:count: steps`;
    return steps === 1 ? $localize`:of a tool|:1 call` : $localize`:of a tool|:${count(steps)}:count: calls`;
  });
  protected readonly spoken = computed(() => {
    const { label, look, failed } = this.said();
    const about = [label, this.figures()];
    if (failed > 0) about.push(this.failed());
    if (look !== 'resting') about.push(statusWord(look));
    return $localize`${about.join(', ')}:node:. Show in the timeline`;
  });
}

function saysTheSame(one: GraphNode, other: GraphNode): boolean {
  return (
    one.kind === other.kind &&
    one.look === other.look &&
    one.steps === other.steps &&
    one.failed === other.failed &&
    one.tokens === other.tokens &&
    one.label === other.label
  );
}
