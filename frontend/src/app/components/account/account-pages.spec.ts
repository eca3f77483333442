import { TestBed } from '@angular/core/testing';

import { me, refusal } from '../../../testing/accounts';
import { find, words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { Account } from '../../services/account.service';
import { ApiKeysComponent } from './api-keys.component';
import { ChangePasswordComponent } from './change-password.component';
import { SecurityComponent } from './security.component';

const CREATED = '2026-03-14T09:00:00Z';

describe('the pages of an account', () => {
  let page: PageHarness;

  beforeEach(() => (page = new PageHarness()));

  it('makes a key that is shown once with an example, and revokes it when sure', async () => {
    const key = {
      id: 'k',
      name: 'Import',
      scopes: ['read', 'run'],
      hint: 'ringside_ab',
      user_id: 'u',
      user_name: 'Mara',
      user_is_service: false,
      created_at: CREATED,
      last_used_at: null,
      expires_at: null,
    };
    await page.open(ApiKeysComponent);
    await page.answer('GET', '/api/keys', { keys: [] });
    const name = find(page.element, '#key-name', HTMLInputElement);
    name.value = 'Import';
    name.dispatchEvent(new Event('input'));
    page.element.querySelectorAll<HTMLInputElement>('[type=checkbox]')[2]?.click();
    await page.submit();
    expect(await page.answer('POST', '/api/keys', { key, secret: 'ringside_abc' })).toEqual({
      name: 'Import',
      scopes: ['read', 'run'],
      valid_days: 90,
    });
    await page.answer('GET', '/api/keys', { keys: [key] });
    expect(page.secret()).toBe('ringside_abc');
    expect(words(page.element.querySelector('.example'))).toBe(
      `curl -H "Authorization: Bearer ringside_abc" ${location.origin}/api/sessions`,
    );
    await page.press('Revoke Import');
    page.http.expectNone({ method: 'DELETE' });
    await page.confirm();
    await page.answer('DELETE', '/api/keys/k', null);
  });

  it('says which keys expire soon and which have expired', async () => {
    const hours = (count: number): string => new Date(Date.now() + count * 3600_000).toISOString();
    const key = (name: string, expires_at: string | null): object => ({
      id: name,
      name,
      scopes: ['read'],
      hint: 'ringside_ab',
      user_id: 'u',
      user_name: 'Mara',
      user_is_service: false,
      created_at: CREATED,
      last_used_at: null,
      expires_at,
    });
    const keys = [key('a', null), key('b', hours(15 * 24)), key('c', hours(13 * 24)), key('d', hours(-1))];
    await page.open(ApiKeysComponent);
    await page.answer('GET', '/api/keys', { keys });
    const rows = [...page.element.querySelectorAll('tbody tr')];
    expect(rows.map((row) => words(row.querySelector('.tag')))).toEqual(['', '', 'expires soon', 'expired']);
  });

  it('lets an administrator make a key for a service account', async () => {
    void TestBed.inject(Account).known();
    await page.answer('GET', '/api/auth/me', me('Mara', 'administrator'));
    const program = { ...me('Build').user, email: '', service: true };
    await page.open(ApiKeysComponent);
    await page.answer('GET', '/api/keys', { keys: [] });
    await page.answer('GET', '/api/team/users', { users: [me('Jon').user, program] });
    const user = find(page.element, '#key-user', HTMLSelectElement);
    expect([...user.options].map(words)).toEqual(['Yourself', 'Build (service account)']);
    user.value = program.id;
    user.dispatchEvent(new Event('change'));
    const days = find(page.element, '#key-validity', HTMLSelectElement);
    days.selectedIndex = days.options.length - 1;
    days.dispatchEvent(new Event('change'));
    await page.type('#key-name', 'Nightly');
    await page.submit();
    const asked = page.http.expectOne({ method: 'POST', url: '/api/keys' });
    expect(asked.request.body).toEqual({ name: 'Nightly', scopes: ['read'], valid_days: null, user_id: program.id });
  });

  describe('with a provider', () => {
    const provider = { name: 'Harbour ID', address: '/api/auth/oidc/login' };
    const alert = (): string => words(page.element.querySelector('app-provider-connection [role=alert]'));

    async function open(who: object, inputs: Record<string, unknown> = {}): Promise<void> {
      void TestBed.inject(Account).known();
      await page.answer('GET', '/api/auth/me', { ...me(), ...who });
      await page.open(SecurityComponent, inputs);
      await page.answer('GET', '/api/info', { provider });
      await page.settle();
    }

    it('connects the account, for which the password shows who it is', async () => {
      await open({});
      await page.press('Connect…');
      await page.type('#proof', 'a long passphrase');
      find(page.element, 'app-provider-connection form', HTMLFormElement).dispatchEvent(new Event('submit'));
      const there = 'https://login.example.org/authorize';
      expect(await page.answer('POST', '/api/auth/oidc/connect', { continue_at: there })).toEqual({
        password: 'a long passphrase',
      });
      expect(page.browser.loaded).toEqual([there]);
    });

    it('says that it is connected, or why it could not be', async () => {
      page.browser.cookie = 'csrf_refresh_token=r1; sign_in_refused=Somebody%20else%E2%80%99s.';
      await open({ provider: 'Harbour ID' }, { refused: '1' });
      expect(alert()).toBe('Somebody else’s.');
      expect(words(page.element.querySelector('app-provider-connection'))).toContain('is connected with Harbour ID');
      expect(page.element.querySelector('#proof')).toBeNull();
    });

    it('disconnects it with the password', async () => {
      await open({ provider: 'Harbour ID' });
      await page.press('Disconnect…');
      await page.type('#proof', 'a long passphrase');
      find(page.element, 'app-provider-connection form', HTMLFormElement).dispatchEvent(new Event('submit'));
      expect(await page.answer('POST', '/api/auth/oidc/disconnect', null)).toEqual({ password: 'a long passphrase' });
      await page.settle();
      expect(words(page.element.querySelector('app-provider-connection'))).toContain(
        'is not connected with Harbour ID',
      );
    });

    it('has no password to change for who has none', async () => {
      await open({ has_password: false, provider: 'Harbour ID' });
      expect(page.element.querySelector('[href="/password"]')).toBeNull();
      expect(page.element.querySelector('app-provider-connection')).toBeNull();
      expect(words(page.element)).toContain('You sign in with Harbour ID, which also keeps your password.');
      await page.open(ChangePasswordComponent);
      expect(page.element.querySelector('form')).toBeNull();
    });
  });

  it('changes the password, and says so', async () => {
    void TestBed.inject(Account).known();
    await page.answer('GET', '/api/auth/me', me());
    await page.open(ChangePasswordComponent);
    expect(
      [...page.element.querySelectorAll('.password input')].map((field) => field.getAttribute('autocomplete')),
    ).toEqual(['current-password', 'new-password']);
    expect(page.element.querySelectorAll('#current')).toHaveLength(1);
    await page.submit();
    page.http
      .expectOne('/api/auth/password')
      .flush(...refusal(401, 'wrong_credentials', 'The present password is wrong.'));
    await page.settle();
    expect(page.alert()).toBe('The present password is wrong.');
    await page.submit();
    await page.answer('POST', '/api/auth/password', null);
    expect(words(page.element.querySelector('[role=status]'))).toBe('Your password was changed.');
  });
});
