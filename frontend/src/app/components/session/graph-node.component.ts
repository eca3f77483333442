import { Component, computed, inject, input, output } from '@angular/core';

import { AgentColours } from '../../services/agent-colours.service';
import { GraphNode } from '../../state/agent-graph';
import { sizeOf } from '../../state/graph-layout';
import { count, duration, tokens } from '../../state/format';

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
  protected readonly failed = computed(() => `${count(this.node().failed)} failed`);
  protected readonly took = computed(() => duration(this.node().took));
  protected readonly figures = computed(() => {
    const { steps, kind } = this.node();
    const noun = kind === 'agent' ? 'step' : 'call';
    const much = `${count(steps)} ${noun}${steps === 1 ? '' : 's'}`;
    return this.node().tokens > 0 ? `${much}, ${tokens(this.node().tokens)}` : much;
  });
  protected readonly spoken = computed(() => {
    const { label, look, failed } = this.node();
    const trouble = failed > 0 ? `, ${this.failed()}` : '';
    return `${label}, ${this.figures()}${trouble}${look === 'resting' ? '' : `, ${look}`}. Show in the timeline`;
  });
}
