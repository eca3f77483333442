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

  it('shows the page in another language, in this browser from now on', async () => {
    const page = new PageHarness();
    void TestBed.inject(Account).known();
    await page.answer('GET', '/api/auth/me', me('Mara', 'member'));
    await page.open(AccountMenuComponent);
    const languages = [...page.element.querySelectorAll<HTMLElement>('[role=menuitemradio]')];
    expect(languages.map(words)).toEqual(['English', 'Deutsch', 'Français']);
    expect(languages.map((item) => item.getAttribute('aria-checked'))).toEqual(['true', 'false', 'false']);
    languages[1]?.click();
    expect([localStorage.getItem('ringside.language'), page.browser.loaded]).toEqual(['de', ['/']]);
    languages[0]?.click();
    expect(localStorage.getItem('ringside.language')).toBeNull(); // it is what the browser prefers
  });
});
