import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { Router } from '@angular/router';

import { me, refusal } from '../../../testing/accounts';
import { find, words } from '../../../testing/dom';
import { FakeBrowser } from '../../../testing/fake-browser';
import { Account } from '../../services/account.service';
import { BROWSER } from '../../services/browser';
import { SignInComponent } from './sign-in.component';

describe('The second step of signing in', () => {
  let fixture: ComponentFixture<SignInComponent>;
  let element: HTMLElement;
  let http: HttpTestingController;

  beforeEach(async () => {
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), { provide: BROWSER, useValue: new FakeBrowser() }],
    });
    http = TestBed.inject(HttpTestingController);
    vi.spyOn(TestBed.inject(Router), 'navigateByUrl').mockResolvedValue(true);
    fixture = TestBed.createComponent(SignInComponent);
    element = fixture.nativeElement as HTMLElement;
    document.body.append(element);
    await fixture.whenStable();
  });

  afterEach(() => element.remove());

  async function settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    await fixture.whenStable();
  }

  function type(id: string, text: string): void {
    const field = find(element, `#${id}`, HTMLInputElement);
    field.value = text;
    field.dispatchEvent(new Event('input'));
  }

  const submit = (): boolean =>
    find(element, 'form', HTMLFormElement).dispatchEvent(new Event('submit', { cancelable: true }));
  const heading = (): string => words(element.querySelector('h1'));

  async function givePassword(code: string): Promise<void> {
    type('email', 'mara@harbour.example');
    type('password', 'a password like any other');
    submit();
    http.expectOne('/api/auth/login').flush(...refusal(401, code));
    await settle();
  }

  it('asks for the code, is ready for it, and nobody is signed in before', async () => {
    await givePassword('second_factor_needed');
    expect(heading()).toBe('Second step');
    expect(document.activeElement?.id).toBe('code');
    expect(TestBed.inject(Account).authState()).not.toBe('signed-in');
    type('code', '123456');
    submit();
    const step = http.expectOne('/api/auth/step');
    expect(step.request.body).toEqual({ code: '123456' });
    step.flush({ me: me('Mara'), recovery_codes: null });
    await settle();
    expect(TestBed.inject(Account).authState()).toBe('signed-in');
  });

  it('begins anew, and says why, when it took too long', async () => {
    await givePassword('second_factor_needed');
    type('code', '123456');
    submit();
    http.expectOne('/api/auth/step').flush(...refusal(401, 'step_over', 'That took too long.'));
    await settle();
    expect(heading()).toBe('Sign in');
    expect(words(element.querySelector('.lead'))).toBe('That took too long.');
    expect(find(element, '#password', HTMLInputElement).value).toBe('');
  });

  it('leads to the set-up where the team requires it, and goes on when the codes are saved', async () => {
    await givePassword('second_factor_setup_needed');
    http
      .expectOne('/api/auth/step/setup')
      .flush({ secret: 'ABCDEFGH', address: 'otpauth://totp/x', picture: 'data:image/svg+xml,x' });
    await settle();
    expect(words(element.querySelector('.key'))).toBe('ABCD EFGH');
    type('code', '123456');
    submit();
    http.expectOne('/api/auth/step').flush({ me: me('Mara'), recovery_codes: ['AAAA-BBBB', 'CCCC-DDDD'] });
    await settle();
    expect([...element.querySelectorAll('.codes li')].map(words)).toEqual(['AAAA-BBBB', 'CCCC-DDDD']);
    expect(TestBed.inject(Account).authState()).not.toBe('signed-in');
    find(element, 'app-recovery-codes .primary', HTMLButtonElement).click();
    await settle();
    expect(TestBed.inject(Account).authState()).toBe('signed-in');
  });
});
