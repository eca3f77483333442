import { TestBed } from '@angular/core/testing';

import { me, refusal } from '../../../testing/accounts';
import { find, words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { Account } from '../../services/account.service';
import { ApiKeysComponent } from './api-keys.component';
import { ChangePasswordComponent } from './change-password.component';

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
      created_at: CREATED,
      last_used_at: null,
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
