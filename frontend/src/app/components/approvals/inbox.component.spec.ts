import { TestBed } from '@angular/core/testing';

import { Account } from '../../services/account.service';
import { Inbox } from '../../services/inbox.service';
import { ServerReach } from '../../services/server-reach.service';
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

  async function shows(...ids: readonly string[]): Promise<void> {
    const approvals = ids.map((id) => approval({ id, question: `May I delete ${id}?` }));
    await page.answer('GET', '/api/approvals', { approvals, next_cursor: null });
    await page.answer('GET', '/api/findings', { findings: [] });
  }

  const article = (id: string): HTMLElement | null =>
    page.element.querySelector<HTMLElement>(`article[aria-labelledby=${id}-question]`);
  const said = (): string => words(page.element.querySelector('.sr[role=status]'));

  it('goes on with the next when one is decided, and says what was decided', async () => {
    await shows('one', 'two');
    await page.press('Approve');
    await page.answer('POST', '/api/approvals/one/decision', {});
    expect(article('one')).toBeNull();
    expect(document.activeElement).toBe(article('two'));
    expect(said()).toBe('You chose “Approve”: May I delete one? 1 other waits.');
    await page.press('Reject');
    await page.answer('POST', '/api/approvals/two/decision', {});
    expect(words(document.activeElement)).toBe('Inbox');
    expect(said()).toBe('You chose “Reject”: May I delete two? Nothing else waits.');
  });

  it('goes on with the one before where there is no next', async () => {
    await shows('one', 'two');
    article('two')?.querySelector<HTMLElement>('button')?.click();
    await page.answer('POST', '/api/approvals/two/decision', {});
    expect(document.activeElement).toBe(article('one'));
  });

  it('keeps the focus where it is while others are decided elsewhere', async () => {
    await shows('one', 'two', 'three');
    article('three')?.focus();
    TestBed.inject(Inbox).remove('one');
    await page.settle();
    expect(document.activeElement).toBe(article('three'));
    TestBed.inject(Inbox).remove('three'); // somebody else was first
    await page.settle();
    expect(document.activeElement).toBe(article('two'));
  });

  it('brings back nothing that was decided since the list was asked for', async () => {
    await shows('one', 'two');
    void TestBed.inject(Inbox).load();
    TestBed.inject(Inbox).remove('one');
    const approvals = ['one', 'two'].map((id) => approval({ id }));
    await page.answer('GET', '/api/approvals', { approvals, next_cursor: null });
    expect([article('one') === null, article('two') === null]).toEqual([true, false]);
  });

  it('goes on with the next when a run is said to be fine', async () => {
    await page.answer('GET', '/api/approvals', { approvals: [approval({ id: 'one' })], next_cursor: null });
    await page.answer('GET', '/api/findings', { findings: [finding()] });
    await page.press('It is fine');
    await page.answer('POST', '/api/findings/finding-1/dismiss', finding());
    expect(document.activeElement).toBe(article('one'));
  });

  it('keeps what “Show more” has brought when it is asked for again', async () => {
    const [one, two, three] = ['one', 'two', 'three'].map((id) => approval({ id }));
    await page.answer('GET', '/api/approvals', { approvals: [one], next_cursor: 'c' });
    await page.answer('GET', '/api/findings', { findings: [] });
    await page.press('Show more');
    await page.answer('GET', '/api/approvals', { approvals: [two], next_cursor: 'd' });
    void TestBed.inject(Inbox).load();
    await page.answer('GET', '/api/approvals', { approvals: [one], next_cursor: 'c' });
    expect(page.element.querySelectorAll('article')).toHaveLength(2);
    await page.press('Show more');
    const more = page.http.expectOne(({ params }) => params.get('cursor') === 'd');
    more.flush({ approvals: [three], next_cursor: null });
    await page.settle();
    expect(page.element.querySelectorAll('article')).toHaveLength(3);
    void TestBed.inject(Inbox).load();
    await page.answer('GET', '/api/approvals', { approvals: [two, three], next_cursor: null });
    expect(article('one')).toBeNull();
  });

  it('asks for as many as are shown, so that none of them is one that is over', async () => {
    const many = Array.from({ length: 60 }, (_, at) => approval({ id: `a${at}` }));
    await page.answer('GET', '/api/approvals', { approvals: many, next_cursor: null });
    void TestBed.inject(Inbox).load();
    expect(page.http.expectOne(({ url }) => url === '/api/approvals').request.params.get('limit')).toBe('60');
  });

  it('lets nothing be decided while the server is away, and lets it be when it is back', async () => {
    await shows('one');
    const buttons = (): boolean[] =>
      [...(article('one')?.querySelectorAll('button.button') ?? [])].map((one) => (one as HTMLButtonElement).disabled);
    TestBed.inject(ServerReach).missed();
    await page.settle();
    expect(buttons()).toEqual([true, true]);
    article('one')?.focus();
    article('one')?.dispatchEvent(new KeyboardEvent('keydown', { key: '1', bubbles: true }));
    page.http.expectNone({ method: 'POST' });
    TestBed.inject(ServerReach).heard();
    await page.settle();
    expect(buttons()).toEqual([false, false]);
    article('one')?.dispatchEvent(new KeyboardEvent('keydown', { key: '1', bubbles: true }));
    await page.answer('POST', '/api/approvals/one/decision', {});
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
