import { Component, input, output } from '@angular/core';

import { Document } from '../../models/models';
import { Upload } from '../../services/documents.service';
import { documentSize, documentStatus } from '../../state/document-look';
import { bytes } from '../../state/format';
import { IconComponent } from '../shared/icon.component';
import { cancelLabel, dismissLabel, uploadLabel } from './upload-words';

/** The session's documents: what was read of them, what could not be, and adding more. */
@Component({
  selector: 'app-documents',
  imports: [IconComponent],
  template: `
    <div class="documents">
      @if (!readOnly()) {
        <div class="add-documents">
          <button type="button" class="button" (click)="file.click()">
            <app-icon name="attach" /><ng-container i18n>Add documents</ng-container>
          </button>
          <span class="wide-only" i18n>or drop them anywhere on this page</span>
          <input
            #file
            type="file"
            multiple
            hidden
            aria-label="Documents"
            i18n-aria-label
            [accept]="types().join(',')"
            (change)="choose(file)"
          />
        </div>
      }
      <ul class="plain" aria-label="Documents" i18n-aria-label>
        @for (document of documents(); track document.id) {
          <li class="document">
            <span class="dot" [class]="status(document).dot" aria-hidden="true"></span>
            <span class="clip" [title]="document.name">{{ document.name }}</span>
            <span class="about">{{ about(document) }}</span>
            @if (!guest()) {
              <button
                type="button"
                class="icon-button"
                title="Download"
                i18n-title
                [attr.aria-label]="downloadLabel(document)"
                (click)="downloaded.emit(document)"
              >
                <app-icon name="download" />
              </button>
            }
            @if (!readOnly()) {
              <button
                type="button"
                class="icon-button"
                [attr.aria-label]="deleteLabel(document)"
                (click)="removed.emit(document)"
              >
                <app-icon name="trash" />
              </button>
            }
            @if (document.error) {
              <p class="why">{{ document.error }}</p>
            }
            @for (note of document.notes; track note) {
              <p class="note">{{ note }}</p>
            }
          </li>
        }
        @for (upload of uploads(); track upload.id) {
          <li class="document">
            <span
              class="dot"
              [class.bad]="upload.error !== null"
              [class.running]="upload.error === null"
              aria-hidden="true"
            ></span>
            <span class="clip">{{ upload.name }}</span>
            @if (upload.error === null) {
              <span class="about" i18n="a file|">Uploading · {{ bytes(upload.size) }}</span>
            } @else {
              <span class="about" i18n="a file|">Not added · {{ bytes(upload.size) }}</span>
            }
            <button
              type="button"
              class="icon-button"
              [attr.aria-label]="upload.error ? dismissLabel(upload.name) : cancelLabel(upload.name)"
              (click)="dismissed.emit(upload.id)"
            >
              <app-icon name="close" />
            </button>
            @if (upload.error) {
              <p class="why">{{ upload.error }}</p>
            } @else {
              <progress max="1" [value]="upload.progress" [attr.aria-label]="uploadLabel(upload.name)"></progress>
            }
          </li>
        }
      </ul>
      @if (loading()) {
        <p class="hint" role="status" i18n>Loading documents…</p>
      } @else if (documents().length + uploads().length === 0) {
        @if (readOnly()) {
          <p class="hint" i18n>There are no documents in this session.</p>
        } @else {
          <p class="hint" i18n>
            There are no documents in this session. The agents answer from the documents you add here:
            {{ types().join(', ') }}.
          </p>
        }
      }
    </div>
  `,
  styleUrl: './documents.component.css',
})
export class DocumentsComponent {
  readonly documents = input.required<readonly Document[]>();
  readonly uploads = input.required<readonly Upload[]>();
  readonly types = input.required<readonly string[]>();
  /** Whether it is not known yet which there are. */
  readonly loading = input(false);
  /** Whether they may only be looked at. */
  readonly readOnly = input(false);
  /** Whether whoever watches has only a link: files are not given to them. */
  readonly guest = input(false);
  readonly downloaded = output<Document>();
  readonly added = output<readonly File[]>();
  readonly dismissed = output<number>();
  readonly removed = output<Document>();

  protected readonly status = documentStatus;
  protected readonly bytes = bytes;
  protected readonly dismissLabel = dismissLabel;
  protected readonly cancelLabel = cancelLabel;
  protected readonly uploadLabel = uploadLabel;

  protected downloadLabel({ name }: Document): string {
    return $localize`Download ${name}:document:`;
  }

  protected deleteLabel({ name }: Document): string {
    return $localize`Delete ${name}:document:`;
  }

  /** 'Read · 12 p. · 40 KB' */
  protected about(document: Document): string {
    const parts = [documentStatus(document).text, documentSize(document)];
    if (document.pages !== null || document.rows !== null) parts.push(bytes(document.size));
    return parts.join(' · ');
  }

  protected choose(file: HTMLInputElement): void {
    if (file.files?.length) this.added.emit([...file.files]);
    file.value = '';
  }
}
