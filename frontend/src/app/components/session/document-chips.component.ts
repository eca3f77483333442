import { Component, ElementRef, afterRenderEffect, computed, input, output, viewChild } from '@angular/core';

import { Document } from '../../models/models';
import { Upload } from '../../services/documents.service';
import { documentSize } from '../../state/document-look';

const MOST = 2;

/** The session's documents at a glance, and the files on their way. */
@Component({
  selector: 'app-document-chips',
  template: `
    <div class="chips-room">
      <ul #list class="chips plain" aria-label="Documents of this session" [attr.tabindex]="empty() ? null : 0">
        @for (document of documents(); track document.id) {
          <li class="chip" [class.failed]="document.status === 'failed'" [title]="document.error ?? document.name">
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
    @for (upload of uploads(); track upload.id) {
      @if (upload.error; as error) {
        <p class="hint bad" role="alert">
          <b>{{ upload.name }}</b>{{ after(upload.name, error) }}
        </p>
      }
    }
    @for (document of broken(); track document.id) {
      <p class="hint bad" role="alert">
        <b>{{ document.name }}</b>{{ after(document.name, document.error ?? '') }}
      </p>
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
  /** The newest of those that could not be read: what is wrong with the others is told in the list of documents. */
  protected readonly broken = computed(() =>
    this.documents()
      .filter(({ error }) => error !== null)
      .slice(-MOST),
  );
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
  protected after(name: string, error: string): string {
    return error.startsWith(`${name} `) ? error.slice(name.length) : `: ${error}`;
  }

  protected percent(upload: Upload): string {
    return upload.progress < 1 ? `${Math.round(upload.progress * 100)} %` : 'checking';
  }
}
