import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';

import { refusal } from '../../testing/accounts';
import { words } from '../../testing/dom';
import { FakeBrowser } from '../../testing/fake-browser';
import { session } from '../../testing/sessions';
import { Account } from '../services/account.service';
import { BROWSER } from '../services/browser';
import { SpectatorPageComponent } from './spectator-page.component';

describe('SpectatorPageComponent', () => {
  let fixture: ComponentFixture<SpectatorPageComponent>;
  let element: HTMLElement;

  beforeEach(() => {
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideRouter([]),
        { provide: BROWSER, useValue: new FakeBrowser() },
      ],
    });
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
