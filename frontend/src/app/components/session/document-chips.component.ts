import { Component, ElementRef, afterRenderEffect, computed, input, output, signal, viewChild } from '@angular/core';

import { Document } from '../../models/models';
import { Upload } from '../../services/documents.service';
import { documentSize } from '../../state/document-look';

/** Of more problems, only the names are told. */
const MOST = 3;
const NAMED = 6;

/** A file that is of no use, and why. */
interface Problem {
  readonly key: string;
  readonly name: string;
  readonly error: string;
}

/** The session's documents at a glance, and the files on their way. */
@Component({
  selector: 'app-document-chips',
  template: `
    <div class="chips-room">
      <ul #list class="chips plain" aria-label="Documents of this session" [attr.tabindex]="empty() ? null : 0">
        @for (document of documents(); track document.id) {
          <li class="chip" [class.failed]="document.status === 'failed'" [title]="said(document)">
            <span class="clip">{{ document.name }}</span>
            <span class="more">{{ document.status === 'failed' ? 'not readable' : size(document) }}</span>
            @if (document.status === 'failed' && !readOnly()) {
              <button
                type="button"
                class="close"
                [attr.aria-label]="'Delete ' + document.name"
                (click)="removed.emit(document)"
              >
                ×
              </button>
            }
          </li>
        }
        @for (upload of uploads(); track upload.id) {
          <li class="chip" [class.failed]="upload.error !== null" [title]="upload.error ?? upload.name">
            <span class="clip">{{ upload.name }}</span>
            <span class="more">{{ upload.error ? 'not added' : percent(upload) }}</span>
            <button
              type="button"
              class="close"
              [attr.aria-label]="(upload.error ? 'Dismiss ' : 'Cancel ') + upload.name"
              (click)="dismissed.emit(upload.id)"
            >
              ×
            </button>
            @if (upload.error === null) {
              <progress max="1" [value]="upload.progress" [attr.aria-label]="'Upload of ' + upload.name"></progress>
            }
          </li>
        }
        @if (empty()) {
          <li class="hint">{{ loading() ? 'Loading documents…' : 'No documents yet' }}</li>
        }
      </ul>
    </div>
    @if (problems().length > 0) {
      <div class="problems">
        <div role="alert">
          @if (problems().length > most) {
            <p>
              <b>{{ problems().length }} files cannot be used:</b> {{ names() }}. The list of documents says why.
            </p>
          } @else {
            @for (problem of problems(); track problem.key) {
              <p>
                <b>{{ problem.name }}</b>{{ after(problem) }}
              </p>
            }
          }
        </div>
        <button type="button" class="close" aria-label="Dismiss" (click)="dismiss()">×</button>
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

  protected readonly size = documentSize;
  protected readonly most = MOST;
  /** The ids of the documents whose problem was dismissed: the list of documents still tells it. */
  private readonly seen = signal<ReadonlySet<string>>(new Set());
  protected readonly problems = computed<Problem[]>(() => [
    ...this.documents().flatMap(({ id, name, error }) =>
      error === null || this.seen().has(id) ? [] : [{ key: id, name, error }],
    ),
    ...this.uploads().flatMap(({ id, name, error }) => (error === null ? [] : [{ key: `upload ${id}`, name, error }])),
  ]);
  protected readonly names = computed(() => {
    const names = this.problems().map(({ name }) => name);
    const more = names.length - NAMED;
    return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
  });
  private readonly list = viewChild.required<ElementRef<HTMLElement>>('list');
  private readonly newest = computed(() => this.uploads().at(-1)?.id ?? null);
  protected readonly empty = computed(() => this.documents().length + this.uploads().length === 0);

  constructor() {
    // Whoever adds a file wants to see it arrive.
    afterRenderEffect(() => {
      if (this.newest() === null) return;
      const list = this.list().nativeElement;
      list.scrollTo({ top: list.scrollHeight, left: list.scrollWidth });
    });
  }

  /** What follows the name: most errors begin with it themselves. */
  protected after({ name, error }: Problem): string {
    return error.startsWith(`${name} `) ? error.slice(name.length) : `: ${error}`;
  }

  protected dismiss(): void {
    this.seen.set(new Set(this.documents().flatMap(({ id, error }) => (error === null ? [] : [id]))));
    for (const { id, error } of this.uploads()) if (error !== null) this.dismissed.emit(id);
  }

  protected said({ name, error, notes }: Document): string {
    return error ?? [name, ...notes].join('\n');
  }

  protected percent(upload: Upload): string {
    return upload.progress < 1 ? `${Math.round(upload.progress * 100)} %` : 'checking';
  }
}
