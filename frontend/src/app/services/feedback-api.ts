import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import {
  addComment,
  changeComment,
  deleteComment,
  exportFeedback$Jsonl,
  judge,
  listFeedback,
  withdrawJudgement,
} from '../models/functions';
import { Judgement, Opinions } from '../models/models';
import { DownloadService } from './download.service';
import { RingsideApi } from './ringside-api';

export type Verdict = Judgement['verdict'];

/** An answer of a run, or with an `activity_id` one of its steps. */
export interface JudgedSubject {
  readonly session_id: string;
  readonly run_id: string;
  readonly activity_id?: string;
}

/** What people think of answers and steps. Every method rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class FeedbackApi {
  private readonly api = inject(Api);
  private readonly downloads = inject(DownloadService);
  private readonly ringside = inject(RingsideApi);

  /** All of a session. */
  async of(session_id: string): Promise<readonly Opinions[]> {
    const found: Opinions[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.api.invoke(listFeedback, { session_id, limit: 200, ...(cursor && { cursor }) });
      found.push(...page.opinions);
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    return found;
  }

  /** null: the judgement is taken back. */
  async judge(subject: JudgedSubject, verdict: Verdict | null): Promise<void> {
    if (verdict === null) await this.api.invoke(withdrawJudgement, { ...subject });
    else await this.api.invoke(judge, { ...subject, body: { verdict } });
  }

  async comment(subject: JudgedSubject, text: string): Promise<void> {
    await this.api.invoke(addComment, { ...subject, body: { text } });
  }

  async changeComment({ session_id, run_id }: JudgedSubject, comment_id: string, text: string): Promise<void> {
    await this.api.invoke(changeComment, { session_id, run_id, comment_id, body: { text } });
  }

  async deleteComment({ session_id, run_id }: JudgedSubject, comment_id: string): Promise<void> {
    await this.api.invoke(deleteComment, { session_id, run_id, comment_id });
  }

  /** A data set as a file. Rejects when there would be none. */
  async save(asked: Record<string, string>): Promise<void> {
    const url = `${exportFeedback$Jsonl.PATH}?${new URLSearchParams(asked).toString()}`;
    await this.downloads.save(url, () => this.ringside.changes());
  }
}
