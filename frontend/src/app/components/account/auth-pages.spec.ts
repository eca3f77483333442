import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { Type } from '@angular/core';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { ActivatedRoute, Router, provideRouter } from '@angular/router';
import { BehaviorSubject } from 'rxjs';

import { me, refusal } from '../../../testing/accounts';
import { find, words } from '../../../testing/dom';
import { FakeBrowser } from '../../../testing/fake-browser';
import { Account } from '../../services/account.service';
import { BROWSER } from '../../services/browser';
import { JoinComponent } from './join.component';
import { ResetComponent } from './reset.component';
import { SetUpComponent } from './set-up.component';
import { SpectatorLinkComponent } from './spectator-link.component';

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('the pages in front of the sign-in', () => {
  let fixture: ComponentFixture<unknown>;
  let element: HTMLElement;
  let http: HttpTestingController;
  let fragment: BehaviorSubject<string | null>;

  beforeEach(() => {
    fragment = new BehaviorSubject<string | null>('secret');
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideRouter([]),
        { provide: BROWSER, useValue: new FakeBrowser() },
        { provide: ActivatedRoute, useValue: { fragment } },
      ],
    });
    http = TestBed.inject(HttpTestingController);
  });

  async function settle(): Promise<void> {
    TestBed.tick();
    await turn();
    TestBed.tick();
  }

  async function open(component: Type<unknown>, secret: string | null = 'secret'): Promise<void> {
    fragment.next(secret);
    fixture = TestBed.createComponent(component);
    element = fixture.nativeElement as HTMLElement;
    await settle();
  }

  function fill(fields: Record<string, string>): void {
    for (const [id, text] of Object.entries(fields)) {
      const field = find(element, `#${id}`, HTMLInputElement);
      field.value = text;
      field.dispatchEvent(new Event('input'));
    }
    find(element, 'form', HTMLFormElement).dispatchEvent(new Event('submit', { cancelable: true }));
  }

  const heading = (): string => words(element.querySelector('h1'));
  const lead = (): string => words(element.querySelector('.lead'));

  describe('to join', () => {
    const invited = { team: 'Harbour', role: 'member', invited_by: 'Mara' };

    it('says who invites to what, and makes the account', async () => {
      await open(JoinComponent);
      const asked = http.expectOne('/api/auth/invitation');
      expect(asked.request.body).toEqual({ token: 'secret' });
      asked.flush(invited);
      await settle();
      expect([heading(), lead()]).toEqual([
        'Join Harbour',
        'Mara invites you as a member. Members create sessions, ask, and watch shared sessions.',
      ]);
      expect(words(element.querySelector('#password-hint'))).toContain('10 characters or more');
      const entered = vi.spyOn(TestBed.inject(Account), 'enter').mockResolvedValue();
      fill({ name: 'Jon', email: 'jon@harbour.example', password: 'a long passphrase' });
      const made = http.expectOne('/api/auth/register');
      expect(made.request.body).toEqual({
        token: 'secret',
        name: 'Jon',
        email: 'jon@harbour.example',
        password: 'a long passphrase',
      });
      made.flush(me('Jon'));
      await settle();
      expect(entered).toHaveBeenCalledExactlyOnceWith(me('Jon'), '/');
    });

    it('says what is wrong with a link that cannot be used, or is not whole', async () => {
      await open(JoinComponent);
      http.expectOne('/api/auth/invitation').flush(...refusal(409, 'invitation', 'It was used before.'));
      await settle();
      expect([heading(), lead()]).toEqual(['This invitation cannot be used', 'It was used before.']);
      await open(JoinComponent, null);
      expect([heading(), lead()]).toEqual([
        'This invitation cannot be used',
        'The link is incomplete: its end is missing.',
      ]);
    });

    it('lets one try again when the server is away', async () => {
      await open(JoinComponent);
      http.expectOne('/api/auth/invitation').error(new ProgressEvent('error'));
      await settle();
      expect(heading()).toBe('The invitation could not be read');
      find(element, '.button', HTMLButtonElement).click();
      await settle();
      http.expectOne('/api/auth/invitation').flush(invited);
      await settle();
      expect(heading()).toBe('Join Harbour');
    });

    it('does not make a second account for who is signed in', async () => {
      void TestBed.inject(Account).known();
      http.expectOne('/api/auth/me').flush(me('Jon'));
      await open(JoinComponent);
      http.expectOne('/api/auth/invitation').flush(invited);
      await settle();
      expect(words(element)).toContain('This browser is signed in as Jon of Harbour.');
      expect(element.querySelector('form')).toBeNull();
    });
  });

  describe('with a forgotten password', () => {
    it('sets another, and leads to the sign-in', async () => {
      await open(ResetComponent);
      fill({ password: 'a long passphrase' });
      const asked = http.expectOne('/api/auth/reset');
      expect(asked.request.body).toEqual({ token: 'secret', password: 'a long passphrase' });
      asked.flush(null);
      await settle();
      expect([heading(), element.querySelector('a')?.getAttribute('href')]).toEqual([
        'Your password was changed',
        '/sign-in',
      ]);
    });

    it('says what is wrong with the password, and keeps the form', async () => {
      await open(ResetComponent);
      fill({ password: 'short' });
      http.expectOne('/api/auth/reset').flush(...refusal(400, 'invalid_request', 'The password is too short.'));
      await settle();
      expect(words(element.querySelector('[role=alert]'))).toBe('The password is too short.');
    });

    it('says why a link cannot be used', async () => {
      await open(ResetComponent);
      fill({ password: 'a long passphrase' });
      http.expectOne('/api/auth/reset').flush(...refusal(409, 'link_unusable', 'It was used before.'));
      await settle();
      expect([heading(), lead()]).toEqual(['This link cannot be used', 'It was used before.']);
      await open(ResetComponent, null);
      expect([heading(), lead()]).toEqual(['This link cannot be used', 'The link is incomplete: its end is missing.']);
    });
  });

  describe('to set up', () => {
    it('waits for the link that the start has printed', async () => {
      await open(SetUpComponent, null);
      expect(heading()).toBe('Not set up yet');
      http.expectNone('/api/auth/invitation');
    });

    it('founds the team with it', async () => {
      await open(SetUpComponent);
      http.expectOne('/api/auth/invitation').flush({ team: null, role: 'administrator', invited_by: null });
      await settle();
      fill({ team: 'Harbour', name: 'Mara', email: 'mara@harbour.example', password: 'short' });
      const asked = http.expectOne('/api/auth/setup');
      expect(asked.request.body).toMatchObject({ token: 'secret', team: 'Harbour', name: 'Mara' });
      asked.flush(...refusal(400, 'invalid_request', 'The password is too short.'));
      await settle();
      expect(words(element.querySelector('[role=alert]'))).toBe('The password is too short.');
    });

    it('says that a link has expired', async () => {
      void TestBed.inject(Account).known();
      http.expectOne('/api/auth/me').flush(...refusal(403, 'setup_needed'));
      await open(SetUpComponent);
      http.expectOne('/api/auth/invitation').flush(...refusal(409, 'invitation_unusable', 'It has expired.'));
      await settle();
      expect([heading(), lead()]).toEqual(['This link cannot be used', 'It has expired.']);
    });

    it('says that the server is set up already', async () => {
      void TestBed.inject(Account).known();
      http.expectOne('/api/auth/me').flush(...refusal(401, 'signed_out'));
      await open(SetUpComponent);
      http.expectOne('/api/auth/invitation').flush(...refusal(409, 'invitation_unusable', 'Ask for a new one.'));
      await settle();
      expect(heading()).toBe('Ringside is set up already');
    });
  });

  describe('to watch', () => {
    it('leads on to the session, without the secret', async () => {
      const navigate = vi.spyOn(TestBed.inject(Router), 'navigate').mockResolvedValue(true);
      await open(SpectatorLinkComponent);
      http.expectOne('/api/watch').flush({ session_id: 'harbour', expires_at: '2026-03-15T09:00:00Z' });
      await settle();
      expect(navigate).toHaveBeenCalledExactlyOnceWith(['/watch', 'harbour'], { replaceUrl: true });
    });

    it('says that a link no longer works', async () => {
      await open(SpectatorLinkComponent);
      http.expectOne('/api/watch').flush(...refusal(404, 'not_found', 'It was taken back.'));
      await settle();
      expect([heading(), lead()]).toEqual(['This link no longer works', 'It was taken back.']);
    });
  });
});
