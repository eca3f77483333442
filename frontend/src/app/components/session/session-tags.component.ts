import {
  AfterViewInit,
  Component,
  ElementRef,
  computed,
  inject,
  input,
  linkedSignal,
  output,
  signal,
  viewChild,
} from '@angular/core';

import { isComposing } from '../shared/composition';
import { Submission } from '../shared/submission';
import { TagsService } from '../../services/tags.service';
import { MAX_TAGS, MAX_TAG_LENGTH, cleanTag, suggestions } from '../../state/tags';
import { IconComponent } from '../shared/icon.component';

const OFFERED = 8;

/** The tags of a session, all of them, until they are saved. Opens as soon as it is rendered. */
@Component({
  selector: 'app-session-tags',
  imports: [IconComponent],
  templateUrl: './session-tags.component.html',
  styleUrl: './session-tags.component.css',
})
export class SessionTagsComponent implements AfterViewInit {
  readonly tags = input.required<readonly string[]>();
  readonly save = input.required<(tags: string[]) => Promise<void>>();
  readonly closed = output();

  protected readonly known = inject(TagsService);
  protected readonly submission = new Submission();
  protected readonly longest = MAX_TAG_LENGTH;
  protected readonly typed = signal('');
  protected readonly chosen = linkedSignal(() => this.tags());
  protected readonly full = computed(() => this.chosen().length >= MAX_TAGS);
  protected readonly hint = computed(() =>
    this.full() ? $localize`At most ten tags` : $localize`Add a tag, then Enter`,
  );
  protected readonly offered = computed(() => suggestions(this.typed(), this.known.names(), this.chosen(), OFFERED));
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');

  constructor() {
    void this.known.load();
  }

  ngAfterViewInit(): void {
    this.dialog().nativeElement.showModal();
    this.field().nativeElement.focus();
  }

  protected removeLabel(tag: string): string {
    return $localize`Remove ${tag}:tag:`;
  }

  protected add(typed: string): void {
    const tag = cleanTag(typed);
    if (tag && !this.full() && !this.chosen().includes(tag)) this.chosen.set([...this.chosen(), tag]);
    this.field().nativeElement.value = '';
    this.typed.set('');
  }

  protected remove(tag: string): void {
    this.chosen.set(this.chosen().filter((other) => other !== tag));
    this.field().nativeElement.focus();
  }

  /** With something typed it becomes a tag; with nothing more to add they are saved. */
  protected enter(typed: string): void {
    if (cleanTag(typed)) this.add(typed);
    else void this.finish('');
  }

  protected onKey(event: KeyboardEvent): void {
    if (isComposing(event)) return;
    const last = this.chosen().at(-1);
    if (event.key === ',') {
      event.preventDefault();
      this.add(this.field().nativeElement.value);
    } else if (event.key === 'Backspace' && this.field().nativeElement.value === '' && last !== undefined) {
      this.remove(last);
    }
  }

  protected async finish(typed: string): Promise<void> {
    this.add(typed);
    const error = await this.submission.send(() => this.save()([...this.chosen()]));
    if (error === null) this.dialog().nativeElement.close();
  }
}
