import { TestBed } from '@angular/core/testing';

import { approval } from '../../../testing/approvals';
import { find, words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { ServerReach } from '../../services/server-reach.service';
import { SessionApprovalsComponent } from './session-approvals.component';

describe('what a session asks a person', () => {
  const form = { type: 'object', properties: { subject: { type: 'string', title: 'Subject' } } };
  const [one, two] = ['one', 'two'].map((id) => approval({ id, form, question: `May I delete ${id}?` }));
  let page: PageHarness;

  beforeEach(async () => {
    page = new PageHarness();
    await page.open(SessionApprovalsComponent, { sessionId: 's', waiting: ['one'] });
    await page.answer('GET', '/api/approvals', { approvals: [one], next_cursor: null });
  });

  const typed = (): string => find(page.element, 'input', HTMLInputElement).value;
  const focused = (): string | null => document.activeElement?.getAttribute('aria-labelledby') ?? null;

  it('keeps what is typed when another question comes, and through a short loss of the server', async () => {
    await page.type('input', 'Your berth is');
    await page.give({ waiting: ['one', 'two'] });
    await page.answer('GET', '/api/approvals', structuredClone({ approvals: [one, two], next_cursor: null }));
    expect(typed()).toBe('Your berth is');
    TestBed.inject(ServerReach).missed();
    await page.settle();
    TestBed.inject(ServerReach).heard();
    await page.settle();
    await page.answer('GET', '/api/approvals', structuredClone({ approvals: [one, two], next_cursor: null }));
    expect(typed()).toBe('Your berth is');
  });

  it('goes on with the next, also where the log tells of the decision before the server answers', async () => {
    await page.give({ waiting: ['one', 'two'] });
    await page.answer('GET', '/api/approvals', { approvals: [one, two], next_cursor: null });
    await page.press('Approve');
    await page.give({ waiting: ['two'] });
    expect(focused()).toBe('two-question');
    await page.answer('GET', '/api/approvals', { approvals: [two], next_cursor: null });
    await page.answer('POST', '/api/approvals/one/decision', {});
    expect(words(page.element.querySelector('.sr[role=status]'))).toContain('You chose “Approve”: May I delete one?');
  });

  it('is gone when it was decided here, whenever the log tells of it', async () => {
    await page.press('Reject');
    await page.answer('POST', '/api/approvals/one/decision', {});
    expect(page.element.querySelector('article')).toBeNull();
  });
});
