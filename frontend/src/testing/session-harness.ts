import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';

import { AgentActivityComponent } from '../app/components/agent-activity.component';
import { Me, Session } from '../app/models/models';
import { AgentActivityService } from '../app/services/agent-activity.service';
import { Account } from '../app/services/account.service';
import { BROWSER } from '../app/services/browser';
import { UsageApi } from '../app/services/usage-api';
import { LoggedEvent } from '../app/state/events';
import { find, words } from './dom';
import { FakeBrowser } from './fake-browser';
import { session } from './sessions';

const NOTHING_SPENT = { tokens: 0, input: 0, cached: 0, output: 0, reasoning: 0, costs: [], unpriced: [], runs: [] };

export const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** The page of the session 'harbour', with the server played by the test. */
export class SessionHarness {
  readonly browser = new FakeBrowser();
  readonly http: HttpTestingController;
  readonly fixture: ComponentFixture<AgentActivityComponent>;
  readonly element: HTMLElement;

  constructor() {
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideRouter([]),
        { provide: BROWSER, useValue: this.browser },
        { provide: UsageApi, useValue: { spending: () => Promise.resolve(NOTHING_SPENT) } },
      ],
    });
    this.http = TestBed.inject(HttpTestingController);
    this.fixture = TestBed.createComponent(AgentActivityComponent);
    this.fixture.componentRef.setInput('sessionId', 'harbour');
    this.element = this.fixture.nativeElement as HTMLElement;
  }

  async open(events: readonly LoggedEvent[], fields: Partial<Session> = {}): Promise<void> {
    TestBed.tick();
    this.http.expectOne('/api/sessions/harbour').flush(session('harbour', { title: 'Harbour', ...fields }));
    await turn();
    this.http.expectOne('/api/sessions/harbour/documents').flush({ documents: [] });
    this.http
      .expectOne(({ url }) => url === '/api/sessions/harbour/activity')
      .flush({ events, first: 1, head: events.length });
    await turn();
    this.browser.source.open();
    await this.fixture.whenStable();
  }

  /** Without a past, as somebody who is signed in. */
  async openAs(who: Me, fields: Partial<Session>): Promise<void> {
    Object.assign(HTMLElement.prototype, { showPopover: () => undefined, hidePopover: () => undefined });
    void TestBed.inject(Account).known();
    this.http.expectOne('/api/auth/me').flush(who);
    await turn();
    await this.open([], fields);
  }

  /** The stream brings an event, which is shown. */
  async send(event: LoggedEvent): Promise<void> {
    this.browser.source.send(event);
    await vi.waitFor(() => expect(TestBed.inject(AgentActivityService).state().cursor).toBe(event.seq));
    await this.fixture.whenStable();
  }

  /** What the run on display does. */
  strip(): string {
    return words(this.element.querySelector('.progress-strip b'));
  }

  button(label: string): HTMLButtonElement {
    return find(this.element, `[aria-label="${label}"]`, HTMLButtonElement);
  }

  async press(button: HTMLElement | undefined): Promise<void> {
    button?.click();
    await this.fixture.whenStable();
  }
}
