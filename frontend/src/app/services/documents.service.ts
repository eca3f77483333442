import { HttpEventType } from '@angular/common/http';
import { Injectable, computed, inject, signal } from '@angular/core';
import { Subscription } from 'rxjs';

import { Document } from '../models/models';
import { bytes } from '../state/format';
import { errorMessage } from './api-error';
import { Notices } from './notices.service';
import { RingsideApi } from './ringside-api';
import { ServerInfo } from './server-info.service';

/** A file on its way to the server, or one that did not get there. */
export interface Upload {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  /** 0 to 1. */
  readonly progress: number;
  /** Why it was not accepted, in plain words. */
  readonly error: string | null;
}

const SETTLE = 400;

/** The documents of the open session, and the files on their way there. */
@Injectable({ providedIn: 'root' })
export class DocumentsService {
  private readonly api = inject(RingsideApi);
  private readonly info = inject(ServerInfo);
  private readonly notices = inject(Notices);

  private readonly list = signal<readonly Document[]>([]);
  private readonly sending = signal<readonly Upload[]>([]);
  private readonly requests = new Map<number, Subscription>();
  private sessionId = '';
  private lastUpload = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  readonly documents = this.list.asReadonly();
  readonly uploads = this.sending.asReadonly();
  readonly uploading = computed(() => this.sending().some((upload) => upload.error === null));

  async open(sessionId: string): Promise<void> {
    this.close();
    this.sessionId = sessionId;
    await this.refresh();
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const request of this.requests.values()) request.unsubscribe();
    this.requests.clear();
    this.sessionId = '';
    this.list.set([]);
    this.sending.set([]);
  }

  /** Looks again a moment later: agents that read documents change them, often several at once. */
  refreshSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.refresh();
    }, SETTLE);
  }

  /** One request per file, so that each has its own progress and its own error. */
  add(files: readonly File[]): void {
    for (const file of files) this.send(file);
  }

  dismiss(uploadId: number): void {
    this.requests.get(uploadId)?.unsubscribe();
    this.requests.delete(uploadId);
    this.sending.update((list) => list.filter((upload) => upload.id !== uploadId));
  }

  async remove(documentId: string): Promise<void> {
    try {
      await this.api.deleteDocument(this.sessionId, documentId);
      this.list.update((list) => list.filter((document) => document.id !== documentId));
    } catch (error: unknown) {
      this.notices.add(error);
    }
  }

  private async refresh(): Promise<void> {
    const sessionId = this.sessionId;
    if (!sessionId) return;
    try {
      const documents = await this.api.documents(sessionId);
      if (this.sessionId === sessionId) this.list.set(documents);
    } catch (error: unknown) {
      if (this.sessionId === sessionId) this.notices.add(error);
    }
  }

  private send(file: File): void {
    const id = ++this.lastUpload;
    const error = this.refusal(file);
    this.sending.update((list) => [...list, { id, name: file.name, size: file.size, progress: 0, error }]);
    if (error !== null) return;
    const request = this.api.upload(this.sessionId, file).subscribe({
      next: (event) => {
        if (event.type === HttpEventType.UploadProgress) {
          this.change(id, { progress: event.loaded / (event.total ?? Math.max(file.size, 1)) });
        } else if (event.type === HttpEventType.Response) {
          const added = event.body?.documents ?? [];
          const ids = new Set(added.map((document) => document.id));
          this.list.update((list) => [...list.filter((document) => !ids.has(document.id)), ...added]);
          this.dismiss(id);
        }
      },
      error: (failure: unknown) => this.change(id, { error: errorMessage(failure) }),
    });
    this.requests.set(id, request);
  }

  /** What the server would refuse anyway, said before megabytes have travelled. */
  private refusal(file: File): string | null {
    const info = this.info.info();
    if (file.size === 0) return 'This file is empty. Choose one with content.';
    if (!info) return null;
    if (file.size > info.max_document_bytes) {
      return `This file has ${bytes(file.size)}; the limit is ${bytes(info.max_document_bytes)}. Choose a smaller one.`;
    }
    const known = info.document_types.some((ending) => file.name.toLowerCase().endsWith(ending));
    return known ? null : `This kind of file cannot be read. These can: ${info.document_types.join(', ')}.`;
  }

  private change(id: number, change: Partial<Upload>): void {
    this.sending.update((list) => list.map((upload) => (upload.id === id ? { ...upload, ...change } : upload)));
  }
}
