import { TestBed } from '@angular/core/testing';

import { me } from '../../../testing/accounts';
import { words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { Account } from '../../services/account.service';
import { AccountMenuComponent } from './account-menu.component';

describe('AccountMenuComponent', () => {
  it('shows who is signed in, and offers an administrator the team and its agents', async () => {
    const page = new PageHarness();
    void TestBed.inject(Account).known();
    await page.answer('GET', '/api/auth/me', me('Mara', 'member'));
    await page.open(AccountMenuComponent);
    const items = (): string[] => [...page.element.querySelectorAll('[role=menuitem]')].map(words);
    expect(words(page.element.querySelector('.account-words'))).toBe('Mara Harbour · Member');
    const all = [
      'Usage',
      'Connect your agents',
      'Worker',
      'Notices',
      'API keys',
      'Security',
      'Your data',
      'Keyboard shortcuts',
      'API description',
      'Sign out',
    ];
    expect(items()).toEqual(all);
    void TestBed.inject(Account).askAgain();
    await page.answer('GET', '/api/auth/me', me('Mara', 'administrator'));
    expect(items()).toEqual(['Team', 'Agents', 'Operations', ...all]);
  });
});
