import { Component, computed, inject, linkedSignal, viewChild } from '@angular/core';

import { AnswerSource } from '../../live/answer-source';
import { BrowserModelSource } from '../../live/browser-model-source';
import { OwnServerSource } from '../../live/own-server-source';
import { PuterSource } from '../../live/puter-source';
import { AgentRegistry } from '../../services/agent-registry';
import { BROWSER } from '../../services/browser';
import { BrowserWorker, WorkerState } from '../../services/browser-worker.service';
import { Clock } from '../../services/clock.service';
import { Drafts } from '../../services/drafts.service';
import { ServerInfo } from '../../services/server-info.service';
import { Leavable } from '../../services/unsaved.guard';
import { WorkerChoice } from '../../services/worker-choice.service';
import { when } from '../../state/format';
import { PageComponent } from '../shared/page.component';
import { UnsavedComponent } from '../shared/unsaved.component';

const STOP = $localize`:to answer no more|:Stop`;
const WORDS: Readonly<Record<WorkerState, { readonly label: string; readonly dot: string; readonly toggle: string }>> =
  {
    off: { label: $localize`Not connected`, dot: 'none', toggle: $localize`:verb|:Start` },
    connected: { label: $localize`:this browser|:Connected`, dot: 'ok', toggle: STOP },
    working: { label: $localize`:this browser|:Working`, dot: 'warn', toggle: STOP },
    trouble: { label: $localize`:this browser|:Trouble`, dot: 'bad', toggle: $localize`Try again` },
  };

/** This browser as a model: it takes questions of the team and answers with what it has. */
@Component({
  selector: 'app-worker',
  imports: [PageComponent, UnsavedComponent],
  providers: [BrowserWorker],
  templateUrl: './worker.component.html',
  styleUrl: './worker.component.css',
})
export class WorkerComponent implements Leavable {
  protected readonly worker = inject(BrowserWorker);
  protected readonly choice = inject(WorkerChoice);
  private readonly registry = inject(AgentRegistry);
  private readonly info = inject(ServerInfo);
  private readonly clock = inject(Clock);

  private readonly drafts = inject(Drafts);
  private readonly unsaved = viewChild.required(UnsavedComponent);
  /** What is typed belongs to its question, and is there again when that one comes back. */
  protected readonly draft = linkedSignal(() => {
    const question = this.worker.question();
    return question ? this.drafts.of(question.run_id) : '';
  });
  protected readonly dirty = computed(() => this.draft().trim() !== '');
  protected readonly words = computed(() => WORDS[this.worker.state()]);
  protected readonly oneAtATime = $localize`One question at a time; others wait or go to other browsers.`;
  protected readonly silent = $localize`The model has not begun to answer.`;
  protected readonly spoken = {
    user: $localize`:what a person did|:Asked`,
    assistant: $localize`:what an agent did|:Answered`,
  } as const;
  protected readonly sources = computed(() => [
    {
      id: 'server',
      label: $localize`A model server on this computer`,
      hint: $localize`OpenAI-compatible, such as Ollama.`,
    },
    {
      id: 'browser',
      label: $localize`This browser’s own model`,
      hint: BrowserModelSource.isThere()
        ? $localize`Built into the browser.`
        : $localize`:a model of its own|:This browser has none.`,
    },
    ...(this.info.info()?.puter ? [{ id: 'puter', label: 'Puter.js', hint: $localize`Models of puter.com.` }] : []),
    { id: 'person', label: $localize`You`, hint: $localize`You type the answers.` },
  ]);
  protected readonly ready = computed(
    () => this.choice.source() !== 'server' || (!!this.choice.address().trim() && !!this.choice.model().trim()),
  );
  /** Whose questions come here; null: not known yet. */
  protected readonly agents = computed(
    () => this.registry.agents()?.filter(({ kind, enabled }) => kind === 'browser' && enabled) ?? null,
  );

  constructor() {
    const browser = inject(BROWSER);
    // What this page may connect to was settled when the document was loaded.
    if (!browser.wasLoadedAt('/worker')) browser.load('/worker');
    void this.registry.load();
  }

  mayLeave(): boolean | Promise<boolean> {
    return this.unsaved().mayLeave();
  }

  protected ago(at: number): string {
    return when(at, this.clock.now());
  }

  protected toggle(): void {
    if (this.worker.isOn() && this.worker.state() !== 'trouble') void this.worker.stop();
    else this.worker.start(this.source());
  }

  protected send(): void {
    this.worker.send(this.draft().trim());
  }

  protected keep(text: string): void {
    const question = this.worker.question();
    if (!question) return;
    this.draft.set(text);
    this.drafts.keep(question.run_id, text);
  }

  private source(): AnswerSource | null {
    switch (this.choice.source()) {
      case 'server':
        return new OwnServerSource(this.choice.address().trim(), this.choice.model().trim());
      case 'browser':
        return new BrowserModelSource();
      case 'puter':
        return new PuterSource();
      default:
        return null;
    }
  }
}
