import { TestBed } from '@angular/core/testing';

import { Account } from '../../services/account.service';
import { me, refusal } from '../../../testing/accounts';
import { words } from '../../../testing/dom';
import { approval } from '../../../testing/approvals';
import { finding } from '../../../testing/findings';
import { PageHarness } from '../../../testing/page-harness';
import { InboxComponent } from './inbox.component';

describe('the inbox', () => {
  let page: PageHarness;

  beforeEach(async () => {
    page = new PageHarness();
    const known = TestBed.inject(Account).known();
    page.http.expectOne('/api/auth/me').flush(me());
    await known;
    await page.open(InboxComponent);
    expect(words(page.element)).toContain('Loading');
  });

  it('says when nothing waits', async () => {
    await page.answer('GET', '/api/approvals', { approvals: [], next_cursor: null });
    expect(words(page.element)).toContain('Loading');
    await page.answer('GET', '/api/findings', { findings: [] });
    expect(words(page.element)).toContain('Nothing waits for you.');
  });

  it('shows runs that look stuck until they are said to be fine', async () => {
    await page.answer('GET', '/api/approvals', { approvals: [], next_cursor: null });
    await page.answer('GET', '/api/findings', { findings: [finding()] });
    expect(words(page.element)).toContain('Stuck');
    expect(words(page.element)).not.toContain('Nothing waits');
    await page.press('It is fine');
    await page.answer('POST', '/api/findings/finding-1/dismiss', finding());
    expect(words(page.element)).toContain('Nothing waits for you.');
  });

  it('keeps apart what others are to decide', async () => {
    const theirs = approval({ id: 'approval-2', may_decide: false });
    await page.answer('GET', '/api/approvals', { approvals: [theirs], next_cursor: null });
    await page.answer('GET', '/api/findings', { findings: [] });
    expect(words(page.element)).toContain('Nothing waits for you.');
    expect(words(page.element)).toContain('For others (1)');
    expect(words(page.element)).toContain('Waits for administrators.');
  });

  it('leads to no session that one may not see', async () => {
    const own = approval({ id: 'approval-1', session_id: 's1', session_title: 'Winter berths' });
    const asked = approval({ id: 'approval-2', session_id: 's2', session_title: null });
    await page.answer('GET', '/api/approvals', { approvals: [own, asked], next_cursor: null });
    await page.answer('GET', '/api/findings', { findings: [] });
    const links = [...page.element.querySelectorAll('section a')].map((link) => link.getAttribute('href'));
    expect(links).toEqual(['/sessions/s1']);
    expect(words(page.element)).toContain('A private session, of which you see this question alone.');
  });

  it('says why it cannot be known, and asks again', async () => {
    await page.answer('GET', '/api/findings', { findings: [] });
    page.http
      .expectOne(({ url }) => url === '/api/approvals')
      .flush(...refusal(503, 'database_lost', 'The database does not answer.'));
    await page.settle();
    expect(page.alert()).toContain('The database does not answer.');
    expect(words(page.element)).not.toContain('Nothing waits');
    await page.press('Try again');
    await page.answer('GET', '/api/approvals', { approvals: [], next_cursor: null });
    expect(page.alert()).toBe('');
    expect(words(page.element)).toContain('Nothing waits for you.');
  });
});
