import { HttpErrorResponse, provideHttpClient } from '@angular/common/http';
import { HttpTestingController, TestRequest, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { Router } from '@angular/router';

import { me, refusal } from '../../../testing/accounts';
import { find, words } from '../../../testing/dom';
import { FakeBrowser } from '../../../testing/fake-browser';
import { Account } from '../../services/account.service';
import { BROWSER } from '../../services/browser';
import { SignInComponent } from './sign-in.component';

describe('SignInComponent', () => {
  let fixture: ComponentFixture<SignInComponent>;
  let element: HTMLElement;
  let http: HttpTestingController;

  let browser: FakeBrowser;

  beforeEach(async () => {
    browser = new FakeBrowser();
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), { provide: BROWSER, useValue: browser }],
    });
    http = TestBed.inject(HttpTestingController);
    vi.spyOn(TestBed.inject(Router), 'navigateByUrl').mockResolvedValue(true);
    fixture = TestBed.createComponent(SignInComponent);
    fixture.componentRef.setInput('next', '/sessions/harbour');
    element = fixture.nativeElement as HTMLElement;
    document.body.append(element);
    await fixture.whenStable();
  });

  afterEach(() => {
    element.remove();
    vi.useRealTimers();
  });

  function type(id: string, text: string): void {
    const field = find(element, `#${id}`, HTMLInputElement);
    field.value = text;
    field.dispatchEvent(new Event('input'));
  }

  function submit(): TestRequest {
    find(element, 'form', HTMLFormElement).dispatchEvent(new Event('submit', { cancelable: true }));
    return http.expectOne('/api/auth/login');
  }

  async function settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    await fixture.whenStable();
  }

  const error = (): string => words(element.querySelector('[role=alert]'));
  const button = (): HTMLButtonElement => find(element, '[type=submit]', HTMLButtonElement);

  it('is ready to be filled in, and tells password managers what is what', () => {
    expect(document.activeElement?.id).toBe('email');
    expect(['email', 'password'].map((id) => element.querySelector(`#${id}`)?.getAttribute('autocomplete'))).toEqual([
      'username',
      'current-password',
    ]);
  });

  it('goes on where one wanted to go', async () => {
    type('email', ' mara@harbour.example ');
    type('password', ' a long passphrase ');
    const request = submit();
    await fixture.whenStable();
    expect([words(button()), button().disabled]).toEqual(['Signing in…', true]);
    expect(request.request.body).toEqual({ email: 'mara@harbour.example', password: ' a long passphrase ' });
    request.flush(me());
    await settle();
    expect(TestBed.inject(Router).navigateByUrl).toHaveBeenCalledWith('/sessions/harbour', { replaceUrl: true });
  });

  it('says in the server’s words that it was wrong, and lets the password be typed anew', async () => {
    type('email', 'mara@harbour.example');
    type('password', 'wrong');
    submit().flush(...refusal(401, 'wrong_credentials', 'The e-mail address or the password is wrong.'));
    await settle();
    expect(error()).toBe('The e-mail address or the password is wrong.');
    expect(document.activeElement?.id).toBe('password');
    expect(button().disabled).toBe(false);
  });

  it('counts down when there were too many attempts, and takes none meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    submit().flush(...refusal(429, 'too_many_attempts', 'Try again in 3 seconds.', { 'Retry-After': '3' }));
    await settle();
    expect([words(button()), button().disabled]).toEqual(['Try again in 3 s', true]);
    vi.advanceTimersByTime(2000);
    await settle();
    expect(words(button())).toBe('Try again in 1 s');
    vi.advanceTimersByTime(1000);
    await settle();
    expect([words(button()), button().disabled, error()]).toEqual(['Sign in', false, '']);
  });

  it('says at what time one may try again when that is not soon', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], now: new Date(2026, 10, 18, 14, 3, 20) });
    submit().flush(...refusal(429, 'too_many_attempts', 'Try again in 9 minutes.', { 'Retry-After': '512' }));
    await settle();
    expect(error()).toBe('Too many attempts. Try again at 14:12.');
    expect(words(button())).toBe('Try again in 8 min 32 s');
    vi.advanceTimersByTime(480_000);
    await settle();
    expect([error(), words(button())]).toEqual(['Too many attempts. Try again at 14:12.', 'Try again in 32 s']);
  });

  it('asks a server that is busy again, and says so when it stays busy', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearInterval', 'Date'] });
    let request = submit();
    for (let attempt = 1; attempt <= 5; attempt++) {
      if (attempt > 1) request = http.expectOne('/api/auth/login');
      expect(error()).toBe('');
      request.flush(...refusal(503, 'crowded', 'Too many sign-ins at the same time.', { 'Retry-After': '1' }));
      await vi.advanceTimersByTimeAsync(attempt < 5 ? 15_000 : 10);
    }
    http.expectNone('/api/auth/login');
    expect([error(), words(button())]).toEqual(['Too many sign-ins at the same time.', 'Try again in 1 s']);
    await vi.advanceTimersByTimeAsync(2000);
    submit().flush(...refusal(503, 'crowded', 'Too many sign-ins at the same time.', { 'Retry-After': '1' }));
    await vi.advanceTimersByTimeAsync(15_000);
    http.expectOne('/api/auth/login').flush(me());
    await vi.advanceTimersByTimeAsync(0);
    expect(TestBed.inject(Router).navigateByUrl).toHaveBeenCalledWith('/sessions/harbour', { replaceUrl: true });
  });

  it('says why the sign-in before has ended, until one is signed in again', async () => {
    const lead = (): string => words(element.querySelector('.lead'));
    expect(lead()).toBe('');
    const account = TestBed.inject(Account);
    submit().flush(me());
    await settle();
    const [body, how] = refusal(401, 'signed_out', 'Your sign-in has ended: it lasts 30 days at most. Sign in again.');
    account.refused(new HttpErrorResponse({ error: body, status: how.status }));
    await settle();
    expect(lead()).toBe('Your sign-in has ended: it lasts 30 days at most. Sign in again.');
    account.refused(new HttpErrorResponse({ error: { error: { code: 'signed_out', message: 'Later' } }, status: 401 }));
    submit().flush(...refusal(401, 'wrong_credentials', 'Wrong.'));
    await settle();
    expect(lead()).toBe('Your sign-in has ended: it lasts 30 days at most. Sign in again.');
    submit().flush(me());
    await settle();
    expect(lead()).toBe('');
  });

  it('asks which team when several know the address, and signs in there', async () => {
    type('email', 'mara@harbour.example');
    type('password', 'a long passphrase');
    const teams = [
      { id: 'team-1', name: 'Harbour, north' },
      { id: 'team-2', name: 'Lighthouse' },
    ];
    const choose = { error: { code: 'choose_team', message: 'Name one.' }, teams };
    submit().flush(choose, { status: 409, statusText: 'Conflict' });
    await settle();
    const choices = (): HTMLButtonElement[] => [...element.querySelectorAll<HTMLButtonElement>('.choices button')];
    expect(choices().map(words)).toEqual(['Harbour, north', 'Lighthouse']);
    expect([error(), document.activeElement?.tagName, element.querySelector('[type=submit]')]).toEqual([
      '',
      'LEGEND',
      null,
    ]);
    choices()[1]?.click();
    const request = http.expectOne('/api/auth/login');
    expect(request.request.body).toEqual({
      email: 'mara@harbour.example',
      password: 'a long passphrase',
      team: 'team-2',
    });
    request.flush(me());
    await settle();
    expect(TestBed.inject(Router).navigateByUrl).toHaveBeenCalledWith('/sessions/harbour', { replaceUrl: true });
  });

  it('forgets the teams when somebody else is named', async () => {
    submit().flush(
      { error: { code: 'choose_team', message: 'Name one.' }, teams: [{ id: 'team-1', name: 'Harbour' }] },
      { status: 409, statusText: 'Conflict' },
    );
    await settle();
    type('email', 'jon@harbour.example');
    await settle();
    expect(element.querySelector('.choices')).toBeNull();
    expect(words(button())).toBe('Sign in');
  });

  describe('with a provider', () => {
    const address = 'https://ringside.example.org/api/auth/oidc/login';
    const link = (): HTMLAnchorElement | null => element.querySelector('a.button');

    async function provide(passwords: string, refused?: string): Promise<void> {
      fixture.componentRef.setInput('refused', refused);
      http.expectOne('/api/info').flush({ provider: { name: 'Harbour ID', address }, passwords });
      await settle();
    }

    it('leads there, and back to where one wanted to go', async () => {
      await provide('all');
      expect([words(link()), link()?.href]).toEqual([
        'Continue with Harbour ID',
        `${address}?next=%2Fsessions%2Fharbour`,
      ]);
      expect([words(element.querySelector('.or')), error()]).toEqual(['or with a password', '']);
    });

    it('asks for no password where none is of use', async () => {
      await provide('none');
      expect(element.querySelector('form')).toBeNull();
      expect(link()).not.toBeNull();
    });

    it('says for whom passwords still are', async () => {
      await provide('administrators');
      expect(words(element.querySelector('.or'))).toBe('or, for administrators, with a password');
      expect(element.querySelector('form')).not.toBeNull();
    });

    it('says why the provider has led back, and only then', async () => {
      browser.cookie = 'sign_in_refused=You%20are%20in%20none%20of%20the%20groups.';
      await provide('all', '1');
      expect(words(element.querySelector('app-provider-sign-in [role=alert]'))).toBe('You are in none of the groups.');
      fixture.componentRef.setInput('refused', undefined);
      await settle();
      expect(element.querySelector('app-provider-sign-in [role=alert]')).toBeNull();
    });
  });

  it('shows the password on demand', async () => {
    const field = find(element, '#password', HTMLInputElement);
    expect(field.type).toBe('password');
    find(element, '.password button', HTMLButtonElement).click();
    await fixture.whenStable();
    expect(field.type).toBe('text');
  });
});
