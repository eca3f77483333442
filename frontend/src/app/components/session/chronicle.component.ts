import { Location } from '@angular/common';
import {
  Component,
  ElementRef,
  computed,
  effect,
  inject,
  input,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { Router } from '@angular/router';

import { Clipboard } from '../../services/clipboard.service';
import { ChronicleView } from '../../state/chronicle/chronicle';
import { chronicleMarkdown, events } from '../../state/chronicle/markdown';
import { Sentence } from '../../state/chronicle/note';
import { clockTime, count } from '../../state/format';
import { Run, SessionState } from '../../state/session-state';
import { IconComponent } from '../shared/icon.component';
import { ModelChronicle } from './model-chronicle';

/** So often at most it is worked out while events come: nobody reads faster. */
const PAUSE_MS = 400;
/** Of the time, so much at most goes into working it out, however long the run is. */
const SHARE = 0.04;
const COPIED_MS = 1500;

/** A run in plain words, as it goes on: each sentence leads to the events it rests on. Stays at the newest while it is there. */
@Component({
  selector: 'app-chronicle',
  imports: [IconComponent],
  templateUrl: './chronicle.component.html',
  styleUrl: './chronicle.component.css',
})
export class ChronicleComponent {
  private readonly clipboard = inject(Clipboard);
  private readonly location = inject(Location);
  private readonly router = inject(Router);
  readonly state = input.required<SessionState>();
  readonly run = input.required<Run>();
  /** Of the session. */
  readonly title = input.required<string>();
  /** Of the session, where a model may be asked; null where not. */
  readonly sessionId = input<string | null>(null);
  /** A sentence was chosen, whose grounds are to be shown. */
  readonly chosen = output<Sentence>();

  private readonly view = new ChronicleView();
  private readonly leads = new WeakMap<Sentence, string>();
  private readonly ruled = signal<readonly Sentence[]>([]);
  protected readonly model = new ModelChronicle(this.sessionId, this.run, this.state);
  protected readonly sentences = computed(() => this.model.sentences(this.ruled()));
  protected readonly summary = computed(() => {
    const all = this.sentences().length;
    const author = this.model.author();
    if (author === null) return all === 1 ? $localize`1 entry` : $localize`${count(all)}:count: entries`;
    if (all === 1) return $localize`1 entry, by ${author}:model:`;
    return $localize`${count(all)}:count: entries, by ${author}:model:`;
  });
  protected readonly copied = signal(false);
  private readonly viewport = viewChild<ElementRef<HTMLElement>>('viewport');
  private shownRun: string | null = null;
  private next = 0;
  private atEnd = false;

  constructor() {
    effect((onCleanup) => {
      const [state, { id, endedAt }] = [this.state(), this.run()];
      const wait = this.shownRun === id ? this.next - performance.now() : 0;
      const show = (): void => {
        if (this.shownRun !== id) this.atEnd = endedAt === null;
        this.shownRun = id;
        const began = performance.now();
        this.ruled.set(this.view.show(state, id));
        const ended = performance.now();
        this.next = ended + Math.max(PAUSE_MS, (ended - began) / SHARE);
      };
      if (wait <= 0) {
        untracked(show);
        return;
      }
      const timer = setTimeout(show, wait);
      onCleanup(() => clearTimeout(timer));
    });
    effect(() => {
      this.sentences();
      const element = this.viewport()?.nativeElement;
      if (element && this.atEnd) queueMicrotask(() => element.scrollTo({ top: element.scrollHeight }));
    });
  }

  protected time({ at }: Sentence): string {
    return clockTime(at).slice(0, 8);
  }

  /** Put into words once for each sentence: they are asked for whenever a new one comes. */
  protected grounds(sentence: Sentence): string {
    const known = this.leads.get(sentence);
    if (known !== undefined) return known;
    const those = events(sentence.seqs);
    const words =
      sentence.steps.length > 0
        ? $localize`Show in the timeline: ${those}:events:`
        : $localize`Show in the feed: ${those}:events:`;
    this.leads.set(sentence, words);
    return words;
  }

  protected onScroll(element: HTMLElement): void {
    this.atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
  }

  protected async copy(): Promise<void> {
    const [page] = this.router.url.split(/[?#]/);
    const query = new URLSearchParams({ tab: 'words', ...(this.run().id && { run: this.run().id }) });
    const link = `${location.origin}${this.location.prepareExternalUrl(page ?? '/')}?${query.toString()}`;
    if (!(await this.clipboard.copy(chronicleMarkdown(this.title(), this.sentences(), link)))) return;
    this.copied.set(true);
    setTimeout(() => this.copied.set(false), COPIED_MS);
  }
}
