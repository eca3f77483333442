import { HttpClient, HttpEvent } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';

import { Api } from '../models/api';
import {
  addDocuments,
  askAgain,
  cancelRun,
  changeSession,
  createSample,
  createSession,
  deleteDocument,
  deleteSession,
  downloadDocument,
  listDocuments,
  listSessions,
  listTags,
  pauseRun,
  postMessage,
  reorderQueue,
  readActivity,
  readChanges,
  readInfo,
  readPassage,
  readSession,
  resumeRun,
  sendIntoRun,
  watchNow,
  watchSession,
} from '../models/functions';
import {
  AcceptedMessage,
  ActivityPage,
  Changes,
  Document,
  DocumentList,
  Info,
  NewSession,
  Passage,
  Run,
  RunMessage,
  Sample,
  Session,
  SessionChange,
  SessionPage,
  TagCount,
} from '../models/models';

/** Which sessions are to be listed; null stands for any. */
export interface SessionCriteria {
  readonly query: string;
  readonly archived: boolean;
  readonly tag: string | null;
  readonly priority: Session['priority'] | null;
}

/** The HTTP API in the words of this application. Every method rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class RingsideApi {
  private readonly api = inject(Api);
  private readonly http = inject(HttpClient);

  info(): Promise<Info> {
    return this.api.invoke(readInfo);
  }

  sessions(
    { query, archived, tag, priority }: SessionCriteria,
    cursor: string | null,
    limit: number,
  ): Promise<SessionPage> {
    return this.api.invoke(listSessions, {
      ...(query ? { query } : {}),
      ...(tag === null ? {} : { tag }),
      ...(priority === null ? {} : { priority }),
      archived,
      limit,
      ...(cursor === null ? {} : { cursor }),
    });
  }

  changes(): Promise<Changes> {
    return this.api.invoke(readChanges);
  }

  async tags(): Promise<TagCount[]> {
    return (await this.api.invoke(listTags)).tags;
  }

  session(session_id: string): Promise<Session> {
    return this.api.invoke(readSession, { session_id });
  }

  /** Asking again with the same `key` makes no second one. */
  createSession(body: NewSession, key: string): Promise<Session> {
    return this.api.invoke(createSession, { body, 'Idempotency-Key': key });
  }

  createSample(): Promise<Sample> {
    return this.api.invoke(createSample);
  }

  changeSession(session_id: string, body: SessionChange): Promise<Session> {
    return this.api.invoke(changeSession, { session_id, body });
  }

  async deleteSession(session_id: string): Promise<void> {
    await this.api.invoke(deleteSession, { session_id });
  }

  async documents(session_id: string): Promise<Document[]> {
    return (await this.api.invoke(listDocuments, { session_id })).documents;
  }

  /** Progress and answer of one upload. The generated function only knows the answer. */
  upload(session_id: string, file: File): Observable<HttpEvent<DocumentList>> {
    const form = new FormData();
    form.append('files', file, file.name);
    const path = addDocuments.PATH.replace('{session_id}', encodeURIComponent(session_id));
    return this.http.post<DocumentList>(path, form, {
      observe: 'events',
      reportUploadProgress: true,
    });
  }

  async deleteDocument(session_id: string, document_id: string): Promise<void> {
    await this.api.invoke(deleteDocument, { session_id, document_id });
  }

  /** Where the file itself is. */
  documentUrl(session_id: string, document_id: string): string {
    const path = downloadDocument.PATH.replace('{session_id}', encodeURIComponent(session_id));
    return path.replace('{document_id}', encodeURIComponent(document_id));
  }

  passage(session_id: string, passage_id: number): Promise<Passage> {
    return this.api.invoke(readPassage, { session_id, passage_id });
  }

  /** Sending it again with the same `key` asks nothing twice. */
  send(session_id: string, content: string, key: string): Promise<AcceptedMessage> {
    return this.api.invoke(postMessage, { session_id, body: { content }, 'Idempotency-Key': key });
  }

  /** The question of a run, as it was or edited, in a new run. Sending it again with the same `key` asks nothing twice. */
  tryAgain(session_id: string, run_id: string, key: string, question?: string): Promise<AcceptedMessage> {
    return this.api.invoke(askAgain, { run_id, session_id, body: { question }, 'Idempotency-Key': key });
  }

  activity(session_id: string, after: number, limit: number): Promise<ActivityPage> {
    return this.api.invoke(readActivity, { session_id, after, limit });
  }

  /** So many of the newest events (of those before one of them), and as many more as it takes for no run to be cut. */
  newestActivity(session_id: string, newest: number, limit: number, before?: number): Promise<ActivityPage> {
    return this.api.invoke(readActivity, { session_id, newest, limit, ...(before === undefined ? {} : { before }) });
  }

  cancel(session_id: string, run_id: string): Promise<Run> {
    return this.api.invoke(cancelRun, { run_id, session_id });
  }

  /** A queued or waiting one is paused at once, one that works at its next safe point. */
  pause(session_id: string, run_id: string): Promise<Run> {
    return this.api.invoke(pauseRun, { run_id, session_id });
  }

  resume(session_id: string, run_id: string): Promise<Run> {
    return this.api.invoke(resumeRun, { run_id, session_id });
  }

  /** Something for the agents of a run at work. Sending it again with the same `id` says nothing twice. */
  tell(session_id: string, run_id: string, text: string, id: string): Promise<RunMessage> {
    return this.api.invoke(sendIntoRun, { run_id, session_id, body: { text, id } });
  }

  /** The questions of these runs go before all others that wait. */
  async reorder(session_id: string, runs: string[]): Promise<void> {
    await this.api.invoke(reorderQueue, { session_id, body: { runs } });
  }

  nowUrl(lastEventId: string): string {
    return lastEventId ? `${watchNow.PATH}?last_event_id=${encodeURIComponent(lastEventId)}` : watchNow.PATH;
  }

  streamUrl(session_id: string, cursor: number): string {
    const path = watchSession.PATH.replace('{session_id}', encodeURIComponent(session_id));
    return `${path}?last_event_id=${cursor}`;
  }
}
