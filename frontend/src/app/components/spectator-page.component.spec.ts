import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';

import { me, refusal } from '../../testing/accounts';
import { words } from '../../testing/dom';
import { exampleLog } from '../../testing/events';
import { FakeBrowser } from '../../testing/fake-browser';
import { fakeCaches } from '../../testing/fake-caches';
import { session } from '../../testing/sessions';
import { Account } from '../services/account.service';
import { AgentActivityService } from '../services/agent-activity.service';
import { BROWSER } from '../services/browser';
import { Copies } from '../services/copies.service';
import { SpectatorPageComponent } from './spectator-page.component';

describe('SpectatorPageComponent', () => {
  let fixture: ComponentFixture<SpectatorPageComponent>;
  let element: HTMLElement;
  const caches = fakeCaches();

  beforeEach(() => {
    const browser = new FakeBrowser();
    browser.caches = caches;
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideRouter([]),
        { provide: BROWSER, useValue: browser },
      ],
    });
    void TestBed.inject(Copies).belongTo(me());
    fixture = TestBed.createComponent(SpectatorPageComponent);
    fixture.componentRef.setInput('sessionId', 'harbour');
    element = fixture.nativeElement as HTMLElement;
    TestBed.tick();
  });

  const banner = (): string => words(element.querySelector('.guest-banner'));

  it('says as whom one watches, and until when, also when the page is loaded again', async () => {
    expect(banner()).toBe('You are watching as a guest. Sign in');
    const watchable_until = new Date(2031, 2, 15, 9, 5).toISOString();
    TestBed.inject(HttpTestingController)
      .expectOne('/api/sessions/harbour')
      .flush(session('harbour', { may_change: false, mine: false, watchable_until }));
    await new Promise((resolve) => setTimeout(resolve));
    TestBed.tick();
    expect(banner()).toBe('You are watching as a guest until Mar 15, 2031, 09:05. Sign in');
    expect(TestBed.inject(Account).authState()).toBe('spectator');
    fixture.destroy();
    expect(TestBed.inject(Account).authState()).toBe('signed-out');
  });

  it('keeps nothing of the session on the device of whoever is signed in', async () => {
    const http = TestBed.inject(HttpTestingController);
    http.expectOne('/api/sessions/harbour').flush(session('harbour', { head: 6, may_change: false, mine: false }));
    await new Promise((resolve) => setTimeout(resolve));
    http.expectOne('/api/sessions/harbour/documents').flush({ documents: [] });
    http
      .expectOne(({ url }) => url === '/api/sessions/harbour/activity')
      .flush({ events: exampleLog.slice(0, 6), first: 1, head: 6 });
    await vi.waitFor(() => expect(TestBed.inject(AgentActivityService).state().cursor).toBe(6));
    fixture.destroy(); // which would write what has come
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([...caches.all.keys()]).toEqual(['ringside:copy:user-Mara:']);
  });

  it('says it no longer when the link has expired', async () => {
    TestBed.inject(HttpTestingController)
      .expectOne('/api/sessions/harbour')
      .flush(...refusal(401, 'signed_out'));
    await new Promise((resolve) => setTimeout(resolve));
    TestBed.tick();
    expect(banner()).toBe('');
    expect(words(element)).toContain('You can no longer watch this session');
  });
});
