import { Injectable, inject, signal } from '@angular/core';
import { Router } from '@angular/router';

import { Session } from '../models/models';
import { AgentActivityService } from './agent-activity.service';
import { BROWSER } from './browser';
import { DocumentsService } from './documents.service';
import { Drafts } from './drafts.service';
import { SessionsService } from './sessions.service';

/** The address of a session that is yet to be made. */
const NEW_SESSION = '/new';

/** A session that is yet to be made: its first question or its first documents make it, and then it is opened. */
@Injectable({ providedIn: 'root' })
export class NewSessionService {
  private readonly browser = inject(BROWSER);
  private readonly documents = inject(DocumentsService);
  private readonly drafts = inject(Drafts);
  private readonly router = inject(Router);
  private readonly sessions = inject(SessionsService);
  private readonly store = inject(AgentActivityService);

  /** By which the server knows it again, should it be told of it twice. */
  private key = '';
  private readonly making = signal(false);
  readonly busy = this.making.asReadonly();
  private readonly wishes = signal(0);
  /** Grows with each wish for a new session, also while one is yet to be made. */
  readonly wished = this.wishes.asReadonly();

  open(): void {
    this.wishes.update((wishes) => wishes + 1);
    void this.router.navigateByUrl(NEW_SESSION);
  }

  begin(): void {
    this.key = this.browser.newKey();
    this.store.beginNew();
  }

  /** Rejects with the API's error. */
  async ask(question: string): Promise<void> {
    await this.make(async ({ id }) => {
      await this.store.send(question, id);
      this.drafts.settle('', question);
    });
  }

  /** Rejects with the API's error. */
  async add(files: readonly File[]): Promise<void> {
    await this.make(({ id }) => {
      this.documents.keepFor(id, files);
      return Promise.resolve();
    });
  }

  private async make(fill: (session: Session) => Promise<void>): Promise<void> {
    this.making.set(true);
    try {
      const session = await this.sessions.create(this.key);
      await fill(session);
      this.drafts.move(session.id);
      // Unless something else was opened meanwhile.
      if (this.router.url === NEW_SESSION) await this.router.navigate(['/sessions', session.id], { replaceUrl: true });
    } finally {
      this.making.set(false);
    }
  }
}
