import { Component, ElementRef, afterRenderEffect, computed, input, output, signal, viewChild } from '@angular/core';

import { Document } from '../../models/models';
import { Upload } from '../../services/documents.service';
import { documentSize } from '../../state/document-look';
import { cancelLabel, dismissLabel, uploadLabel } from './upload-words';

/** Of more files with one problem, only the number is told. */
const NAMED = 6;

/** Files that are of no use, and why. */
interface Problem {
  readonly names: string;
  readonly error: string;
  /** What follows the names: most errors begin with the name themselves. */
  readonly after: string;
}

/** A document, or a file on its way. */
interface Chip {
  readonly key: string;
  readonly name: string;
  readonly more: string;
  readonly title: string;
  readonly failed: boolean;
  readonly progress: number | null;
  readonly close: { readonly label: string; readonly act: () => void } | null;
}

/** The session's documents at a glance, and the files on their way. */
@Component({
  selector: 'app-document-chips',
  template: `
    <div class="chips-room">
      <ul
        #list
        class="chips plain"
        aria-label="Documents of this session"
        i18n-aria-label
        [attr.tabindex]="empty() ? null : 0"
      >
        @for (chip of chips(); track chip.key) {
          <li class="chip" [class.failed]="chip.failed" [title]="chip.title">
            <span class="clip">{{ chip.name }}</span>
            <span class="more">{{ chip.more }}</span>
            @if (chip.close; as close) {
              <button type="button" class="close" [attr.aria-label]="close.label" (click)="close.act()">×</button>
            }
            @if (chip.progress !== null) {
              <progress max="1" [value]="chip.progress" [attr.aria-label]="uploadLabel(chip.name)"></progress>
            }
          </li>
        }
        @if (empty()) {
          @if (loading()) {
            <li class="hint" i18n>Loading documents…</li>
          } @else {
            <li class="hint" i18n>No documents yet</li>
          }
        }
      </ul>
    </div>
    @if (problems().length > 0) {
      <div class="problems">
        <div role="alert">
          @for (problem of problems(); track problem.error) {
            <p>
              <b>{{ problem.names }}</b>{{ problem.after }}
            </p>
          }
        </div>
        <button type="button" class="close" aria-label="Dismiss" i18n-aria-label (click)="dismiss()">×</button>
      </div>
    }
  `,
  styleUrl: './document-chips.component.css',
})
export class DocumentChipsComponent {
  readonly documents = input.required<readonly Document[]>();
  readonly uploads = input.required<readonly Upload[]>();
  /** Whether it is not known yet which there are. */
  readonly loading = input(false);
  /** Whether they may only be looked at. */
  readonly readOnly = input(false);
  readonly dismissed = output<number>();
  readonly removed = output<Document>();

  /** What is of no use comes first: few are seen at once, and about these something can be done. */
  protected readonly uploadLabel = uploadLabel;
  protected readonly chips = computed(() => {
    const chips = [
      ...this.documents().map((one) => this.chipOf(one)),
      ...this.uploads().map((one) => this.chipOn(one)),
    ];
    return [...chips.filter(({ failed }) => failed), ...chips.filter(({ failed }) => !failed)];
  });
  /** The ids of the documents whose problem was dismissed: the list of documents still tells it. */
  private readonly seen = signal<ReadonlySet<string>>(new Set());
  protected readonly problems = computed<Problem[]>(() => {
    const files = [...this.documents().filter(({ id }) => !this.seen().has(id)), ...this.uploads()];
    const names = new Map<string, string[]>();
    for (const { name, error } of files) if (error !== null) names.set(error, [...(names.get(error) ?? []), name]);
    return [...names].map(([error, some]) => problemOf(error, some));
  });
  private readonly list = viewChild.required<ElementRef<HTMLElement>>('list');
  private readonly newest = computed(() => this.uploads().at(-1)?.id ?? 0);
  private readonly failures = computed(() => this.chips().filter(({ failed }) => failed).length);
  protected readonly empty = computed(() => this.documents().length + this.uploads().length === 0);

  constructor() {
    // Whoever adds a file wants to see it arrive, or that it is of no use.
    let [newest, failures] = [0, 0];
    afterRenderEffect(() => {
      const list = this.list().nativeElement;
      if (this.failures() > failures) list.scrollTo({ top: 0, left: 0 });
      else if (this.newest() > newest) list.scrollTo({ top: list.scrollHeight, left: list.scrollWidth });
      [newest, failures] = [Math.max(newest, this.newest()), this.failures()];
    });
  }

  protected dismiss(): void {
    this.seen.set(new Set(this.documents().flatMap(({ id, error }) => (error === null ? [] : [id]))));
    for (const { id, error } of this.uploads()) if (error !== null) this.dismissed.emit(id);
  }

  private chipOf(document: Document): Chip {
    const { id, name, error, notes } = document;
    const failed = document.status === 'failed';
    return {
      key: id,
      name,
      more: failed ? $localize`:a document|:not readable` : documentSize(document),
      title: error ?? [name, ...notes].join('\n'),
      failed,
      progress: null,
      close:
        failed && !this.readOnly()
          ? { label: $localize`Delete ${name}:document:`, act: () => this.removed.emit(document) }
          : null,
    };
  }

  private chipOn({ id, name, error, progress }: Upload): Chip {
    const failed = error !== null;
    return {
      key: `upload ${id}`,
      name,
      more: failed
        ? $localize`:a file|:not added`
        : progress < 1
          ? `${Math.round(progress * 100)} %`
          : $localize`:a file is checked|:checking`,
      title: error ?? name,
      failed,
      progress: failed ? null : progress,
      close: { label: failed ? dismissLabel(name) : cancelLabel(name), act: () => this.dismissed.emit(id) },
    };
  }
}

function problemOf(error: string, names: readonly string[]): Problem {
  const [more, named] = [names.length - NAMED, names.slice(0, NAMED).join(', ')];
  return {
    error,
    names: more > 0 ? $localize`${named}:files: and ${more}:count: more` : named,
    after: error.startsWith(`${names[0]} `)
      ? error.slice(names[0]?.length)
      : $localize`:behind the names of files|:: ${error}:problem:`,
  };
}
