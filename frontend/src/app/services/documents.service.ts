import { HttpEventType } from '@angular/common/http';
import { Injectable, computed, inject, signal } from '@angular/core';
import { Subscription, retry, throwError, timer } from 'rxjs';

import { Document } from '../models/models';
import { bytes } from '../state/format';
import { errorMessage, isCrowded } from '../live/api-error';
import { BROWSER } from './browser';
import { retryDelay } from '../live/connection';
import { Copies } from './copies.service';
import { DownloadService } from './download.service';
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
/** When it is looked whether a document that was added can be read, in milliseconds after its upload: nothing tells of it. */
const CHECKED = [1000, 3000, 8000];
/** Of the six connections that a browser has to a host, some must stay free for what else the page does. */
const AT_ONCE = 3;
/** With the waits between them these are about 12 seconds. */
const RETRIES = 5;

/** The documents of the open session, and the files on their way there. */
@Injectable({ providedIn: 'root' })
export class DocumentsService {
  private readonly api = inject(RingsideApi);
  private readonly copies = inject(Copies);
  private readonly downloads = inject(DownloadService);
  private readonly info = inject(ServerInfo);
  private readonly notices = inject(Notices);
  private readonly browser = inject(BROWSER);

  private readonly list = signal<readonly Document[]>([]);
  private readonly known = signal(false);
  private readonly sending = signal<readonly Upload[]>([]);
  private readonly requests = new Map<number, Subscription>();
  private waiting: readonly { readonly id: number; readonly file: File }[] = [];
  private sessionId = '';
  private kept: { readonly sessionId: string; readonly files: readonly File[] } | null = null;
  private lastUpload = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private checks: ReturnType<typeof setTimeout>[] = [];

  readonly documents = this.list.asReadonly();
  /** Whether it is not known yet which there are. */
  readonly loading = computed(() => !this.known());
  readonly uploads = this.sending.asReadonly();
  readonly uploading = computed(() => this.sending().some((upload) => upload.error === null));

  async open(sessionId: string): Promise<void> {
    this.close();
    this.sessionId = sessionId;
    const { kept } = this;
    this.kept = null;
    if (kept?.sessionId === sessionId) this.add(kept.files);
    await this.refresh();
  }

  /** Files to be added to a session as soon as it is opened, which is what happens next. */
  keepFor(sessionId: string, files: readonly File[]): void {
    this.kept = { sessionId, files };
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.stopChecking();
    for (const request of this.requests.values()) request.unsubscribe();
    this.requests.clear();
    this.waiting = [];
    this.sessionId = '';
    this.known.set(false);
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
    for (const file of files) this.admit(file);
    this.sendWaiting();
  }

  dismiss(uploadId: number): void {
    this.waiting = this.waiting.filter(({ id }) => id !== uploadId);
    this.requests.get(uploadId)?.unsubscribe();
    this.sending.update((list) => list.filter((upload) => upload.id !== uploadId));
    this.finished(uploadId);
  }

  async remove(documentId: string): Promise<void> {
    try {
      await this.api.deleteDocument(this.sessionId, documentId);
      this.list.update((list) => list.filter((document) => document.id !== documentId));
    } catch (error: unknown) {
      this.notices.add(error);
    }
  }

  async download(documentId: string): Promise<void> {
    try {
      await this.downloads.download(this.sessionId, this.api.documentUrl(this.sessionId, documentId));
    } catch (error: unknown) {
      this.notices.add(error);
    }
  }

  private async refresh(): Promise<void> {
    const sessionId = this.sessionId;
    if (!sessionId) return;
    try {
      const documents = await this.copies.answer('documents', () => this.api.documents(sessionId), sessionId);
      if (this.sessionId !== sessionId) return;
      this.list.set(documents);
      this.known.set(true);
    } catch (error: unknown) {
      if (this.sessionId === sessionId) this.notices.add(error);
    }
  }

  private admit(file: File): void {
    const id = ++this.lastUpload;
    const error = this.refusal(file);
    this.sending.update((list) => [...list, { id, name: file.name, size: file.size, progress: 0, error }]);
    if (error === null) this.waiting = [...this.waiting, { id, file }];
  }

  private sendWaiting(): void {
    const free = AT_ONCE - this.requests.size;
    const next = this.waiting.slice(0, free);
    this.waiting = this.waiting.slice(free);
    for (const { id, file } of next) this.send(id, file);
  }

  private finished(uploadId: number): void {
    this.requests.delete(uploadId);
    this.sendWaiting();
  }

  private send(id: number, file: File): void {
    const upload = this.api.upload(this.sessionId, file).pipe(retry({ count: RETRIES, delay: this.whenCrowded }));
    const request = upload.subscribe({
      next: (event) => {
        if (event.type === HttpEventType.UploadProgress) {
          this.change(id, { progress: event.loaded / (event.total ?? Math.max(file.size, 1)) });
        } else if (event.type === HttpEventType.Response) {
          const added = event.body?.documents ?? [];
          const ids = new Set(added.map((document) => document.id));
          this.list.update((list) => [...list.filter((document) => !ids.has(document.id)), ...added]);
          this.dismiss(id);
          this.check();
        }
      },
      error: (failure: unknown) => {
        this.change(id, { error: errorMessage(failure) });
        this.finished(id);
      },
    });
    this.requests.set(id, request);
  }

  private check(): void {
    this.stopChecking();
    this.checks = CHECKED.map((after) => setTimeout(() => void this.refresh(), after));
  }

  private stopChecking(): void {
    for (const timer of this.checks) clearTimeout(timer);
    this.checks = [];
  }

  private readonly whenCrowded = (error: unknown, attempt: number) =>
    isCrowded(error) ? timer(retryDelay(attempt, this.browser.random())) : throwError(() => error);

  /** What the server would refuse anyway, said before megabytes have travelled. */
  private refusal(file: File): string | null {
    const info = this.info.info();
    if (file.size === 0) return $localize`This file is empty. Choose one with content.`;
    if (!info) return null;
    if (file.size > info.max_document_bytes) {
      return $localize`This file has ${bytes(file.size)}:size:; the limit is ${bytes(info.max_document_bytes)}:limit:. Choose a smaller one.`;
    }
    const known = info.document_types.some((ending) => file.name.toLowerCase().endsWith(ending));
    return known
      ? null
      : $localize`This kind of file cannot be read. These can: ${info.document_types.join(', ')}:types:.`;
  }

  private change(id: number, change: Partial<Upload>): void {
    this.sending.update((list) => list.map((upload) => (upload.id === id ? { ...upload, ...change } : upload)));
  }
}
