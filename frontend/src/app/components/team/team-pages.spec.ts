import { me, refusal } from '../../../testing/accounts';
import { find, words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { AuditTrailComponent } from './audit-trail.component';
import { ErrorLogComponent } from './error-log.component';
import { InvitationsComponent } from './invitations.component';
import { ServiceAccountsComponent } from './service-accounts.component';
import { TeamComponent } from './team.component';
import { TeamLinksComponent } from './team-links.component';
import { UsersComponent } from './users.component';

const TIMES = { created_at: '2026-03-14T09:00:00Z', expires_at: '2026-03-15T09:00:00Z' };

describe('the pages of a team', () => {
  let page: PageHarness;

  beforeEach(() => (page = new PageHarness()));

  it('makes an invitation whose link is shown once, and withdraws it', async () => {
    const one = { id: 'i', role: 'viewer', invited_by: 'Mara', email: 'jon@example.org', ...TIMES };
    await page.open(InvitationsComponent);
    await page.answer('GET', '/api/team/invitations', { invitations: [] });
    expect(words(page.element)).toContain('There are no open invitations.');
    find(page.element, '#invite-role', HTMLSelectElement).value = 'viewer';
    await page.submit();
    expect(await page.answer('POST', '/api/team/invitations', { invitation: one, token: 'secret' })).toEqual({
      role: 'viewer',
      valid_hours: 72,
    });
    await page.answer('GET', '/api/team/invitations', { invitations: [one] });
    expect(page.secret()).toBe(`${location.origin}/join#secret`);
    expect(words(page.element)).toContain('Viewer for jon@example.org valid until');
    page.element.querySelector<HTMLElement>('.rows button')?.click();
    await page.answer('DELETE', '/api/team/invitations/i', null);
    expect(page.secret()).toBeNull();
  });

  it('takes a role back on the screen that was not given', async () => {
    await page.open(UsersComponent);
    await page.answer('GET', '/api/team/users', { users: [me('Mara', 'administrator').user] });
    const role = find(page.element, 'select', HTMLSelectElement);
    role.value = 'viewer';
    role.dispatchEvent(new Event('change'));
    page.http
      .expectOne('/api/team/users/user-Mara')
      .flush(...refusal(409, 'last_administrator', 'A team needs an administrator.'));
    await page.settle();
    expect([page.alert(), role.value]).toEqual(['A team needs an administrator.', 'administrator']);
  });

  it('asks before somebody is deactivated', async () => {
    const { user } = me('Jon');
    await page.open(UsersComponent);
    await page.answer('GET', '/api/team/users', { users: [user] });
    await page.press('Deactivate Jon');
    page.http.expectNone({ method: 'PATCH' });
    await page.confirm();
    const counts = { revoked_links: 2, revoked_invitations: 0, revoked_keys: 1 };
    expect(await page.answer('PATCH', '/api/team/users/user-Jon', { ...user, active: false, ...counts })).toEqual({
      active: false,
    });
    expect(words(page.element.querySelector('tbody'))).toContain('deactivated');
    expect(words(page.element.querySelector('[role=status]'))).toBe(
      'Jon is deactivated. Revoked: one API key, 2 spectator links, no invitations.',
    );
  });

  it('shows a service account as such, and offers it no password', async () => {
    const program = { ...me('Build').user, email: '', service: true };
    await page.open(UsersComponent);
    await page.answer('GET', '/api/team/users', { users: [program] });
    expect(words(page.element.querySelector('tbody th'))).toBe('Build service account');
    expect(page.element.querySelector('[aria-label="Password link for Build"]')).toBeNull();
    expect(page.element.querySelector('[aria-label="Deactivate Build"]')).not.toBeNull();
  });

  it('makes a service account', async () => {
    await page.open(ServiceAccountsComponent);
    const told = page.told('added');
    await page.type('#service-name', 'Build');
    await page.submit();
    const program = { ...me('Build').user, email: '', service: true };
    expect(await page.answer('POST', '/api/team/service-accounts', program)).toEqual({ name: 'Build', role: 'member' });
    expect(told).toEqual([program]);
    expect(words(page.element.querySelector('[role=status]'))).toContain('Build is there.');
  });

  it('lists the links of the team, filters them, and revokes one', async () => {
    const link = { ...TIMES, hides_tool_data: false, made_by: 'Jon', made_by_id: 'user-Jon', last_used_at: null };
    const shared = { ...link, id: 'l1', session_id: 's1', session_title: 'Engine', session_owner: 'Jon' };
    const hidden = { ...link, id: 'l2', session_id: null, session_title: null, session_owner: 'Jon' };
    await page.open(TeamLinksComponent);
    await page.answer('GET', '/api/team/users', { users: [me('Jon').user] });
    await page.answer('GET', '/api/team/links', { links: [hidden, shared], next_cursor: null });
    expect([...page.element.querySelectorAll('tbody th')].map(words)).toEqual([
      'a private session of Jon by Jon',
      'Engine by Jon',
    ]);
    expect(page.element.querySelector('tbody a')?.getAttribute('href')).toBe('/sessions/s1');
    await page.press('Revoke the link to a private session of Jon');
    page.http.expectNone({ method: 'DELETE' });
    await page.confirm();
    await page.answer('DELETE', '/api/team/links/l2', null);
    expect([...page.element.querySelectorAll('tbody th')].map(words)).toEqual(['Engine by Jon']);
    const maker = find(page.element, '#links-made-by', HTMLSelectElement);
    maker.value = 'user-Jon';
    maker.dispatchEvent(new Event('change'));
    await page.settle();
    const asked = page.http.expectOne(({ url }) => url === '/api/team/links');
    expect(asked.request.params.get('made_by')).toBe('user-Jon');
    asked.flush({ links: [], next_cursor: null });
    await page.settle();
    expect(words(page.element)).toContain('There are no spectator links that work.');
  });

  it('warns of what is nearly used up', async () => {
    const one = { used: 5, limit: null, resets_at: null, state: 'ok' };
    const usage = [
      { ...one, quota: 'sessions' },
      { ...one, quota: 'storage', used: 9 * 1024 ** 2, limit: 10 * 1024 ** 2, state: 'near' },
      { ...one, quota: 'tokens_per_day', used: 1200, limit: 1000, resets_at: TIMES.expires_at, state: 'reached' },
    ];
    await page.open(TeamComponent);
    await page.answer('GET', '/api/team/usage', { usage });
    expect([...page.element.querySelectorAll('.hint.bad')].map(words)).toEqual([
      'Documents: 9.0 MB of 10.0 MB. Little is left. Usage',
      'Tokens today: 1,200 of 1,000. More is refused. Usage',
    ]);
  });

  it('shows the part that the address names, and people without one', async () => {
    const chosen = (): string => words(page.element.querySelector('[role=tab][aria-selected=true]'));
    await page.open(TeamComponent, { tab: 'rules' });
    expect(chosen()).toBe('Rules');
    for (const tab of [undefined, 'no such part']) {
      await page.give({ tab });
      expect(chosen()).toBe('People');
    }
  });

  it('makes a password link when sure, and shows it once', async () => {
    await page.open(UsersComponent);
    await page.answer('GET', '/api/team/users', { users: [me('Jon').user, { ...me('Gus').user, active: false }] });
    expect(page.element.querySelector('[aria-label="Password link for Gus"]')).toBeNull();
    await page.press('Password link for Jon');
    page.http.expectNone({ method: 'POST' });
    await page.confirm();
    await page.answer('POST', '/api/team/users/user-Jon/password-link', { token: 'secret' });
    expect(page.secret()).toBe(`${location.origin}/reset#secret`);
  });

  it('hands the sessions of who is deactivated over to who may own some', async () => {
    const users = [
      me('Mara', 'administrator').user,
      me('Jon').user,
      me('Vera', 'viewer').user,
      { ...me('Gus').user, active: false },
    ];
    await page.open(UsersComponent);
    await page.answer('GET', '/api/team/users', { users });
    await page.press('Hand over the sessions of Gus');
    const field = find(page.element, '#heir', HTMLSelectElement);
    expect([...field.options].map(words)).toEqual(['Mara (mara@harbour.example)', 'Jon (jon@harbour.example)']);
    field.value = 'user-Jon';
    field.dispatchEvent(new Event('change'));
    const dialog = find(page.element, 'app-hand-over dialog', HTMLDialogElement);
    dialog.returnValue = 'yes';
    dialog.dispatchEvent(new Event('close'));
    await page.settle();
    expect(await page.answer('POST', '/api/team/users/user-Gus/hand-over', { sessions: 2 })).toEqual({
      to: 'user-Jon',
    });
    expect(words(page.element.querySelector('[role=status]'))).toBe('Jon now has 2 sessions of Gus.');
  });

  it('erases somebody whose address was typed, and nobody else', async () => {
    const gus = { ...me('Gus').user, email: 'gus@harbour.example', active: false };
    await page.open(UsersComponent);
    await page.answer('GET', '/api/team/users', { users: [me('Jon').user, gus] });
    await page.press('Erase Gus');
    const field = find(page.element, '#erase-email', HTMLInputElement);
    const type = async (value: string): Promise<boolean> => {
      field.value = value;
      field.dispatchEvent(new Event('input'));
      await page.settle();
      return find(page.element, 'dialog [value=yes]', HTMLButtonElement).disabled;
    };
    expect([await type(''), await type('jon@harbour.example'), await type(' Gus@harbour.example')]).toEqual([
      true,
      true,
      false,
    ]);
    const heir = find(page.element, '#erase-heir', HTMLSelectElement);
    heir.value = 'user-Jon';
    heir.dispatchEvent(new Event('change'));
    const dialog = find(page.element, 'dialog', HTMLDialogElement);
    dialog.returnValue = 'yes';
    dialog.dispatchEvent(new Event('close'));
    await page.settle();
    const sent = await page.answer('POST', '/api/team/users/user-Gus/erase', { ...gus, email: '', erased: true });
    expect(sent).toEqual({ email: 'Gus@harbour.example', to: 'user-Jon' });
    const row = page.element.querySelectorAll('tbody tr')[1];
    expect(words(row)).toContain('erased');
    expect(row?.querySelector('button')).toBeNull();
  });

  it('pages through the audit trail', async () => {
    const entry = (subject: string): object => ({
      at: TIMES.created_at,
      action: 'invited',
      actor: 'Mara <mara@harbour.example>',
      subject,
      address: null,
      request_id: null,
    });
    await page.open(AuditTrailComponent);
    await page.answer('GET', '/api/team/audit', { entries: [entry('member')], next_cursor: 'older' });
    await page.press('Show older entries');
    const asked = page.http.expectOne(({ url }) => url === '/api/team/audit');
    expect(asked.request.params.get('cursor')).toBe('older');
    asked.flush({ entries: [entry('viewer')], next_cursor: null });
    await page.settle();
    expect([...page.element.querySelectorAll('tbody tr')].map((row) => words(row).replace(/^.*?Mara/, 'Mara'))).toEqual(
      ['Mara invited member', 'Mara invited viewer'],
    );
    expect(words(page.element)).not.toContain('Show older entries');
  });

  it('searches the audit trail, and says whether it is whole', async () => {
    await page.open(AuditTrailComponent);
    await page.answer('GET', '/api/team/audit', { entries: [], next_cursor: null });
    expect(words(page.element)).toContain('No entry fits.');
    for (const [name, value, event] of [
      ['about', ' Max ', 'input'],
      ['since', '2026-03-14', 'change'],
      ['until', '2026-03-14', 'change'],
    ] as const) {
      const field = find(page.element, `#audit-${name}`, HTMLInputElement);
      field.value = value;
      field.dispatchEvent(new Event(event));
    }
    await page.submit();
    const asked = page.http.expectOne(({ url }) => url === '/api/team/audit').request.params;
    expect(asked.get('about')).toBe('Max');
    const [since, until] = [asked.get('since'), asked.get('until')].map((moment) => Date.parse(moment ?? ''));
    expect(new Date(since ?? 0).getHours() + new Date(until ?? 0).getHours()).toBe(0);
    expect((until ?? 0) - (since ?? 0)).toBe(24 * 3600 * 1000);
    await page.press('Verify');
    const check = { whole: false, lines: 4, seq: 9, hash: 'ab', cut_seq: 0, cut_at: null, fault_seq: 5, remark: null };
    await page.answer('GET', '/api/team/audit/check', { ...check, fault: 'Line 5 is missing.' });
    expect(page.alert()).toBe('Line 5 is missing.');
    await page.press('Verify');
    await page.answer('GET', '/api/team/audit/check', {
      ...check,
      whole: true,
      lines: 9,
      fault: null,
      fault_seq: null,
    });
    expect(words(page.element.querySelector('[role=status]'))).toContain('whole: 9 entries, none missing or changed.');
    expect(page.alert()).toBe('');
    await page.press('Verify');
    const upgraded = { ...check, whole: true, lines: 0, seq: 0, fault: null, remark: 'Not chained yet: 9 lines.' };
    await page.answer('GET', '/api/team/audit/check', upgraded);
    expect(words(page.element.querySelector('[role=status]'))).toBe('Not chained yet: 9 lines.');
  });

  it('shows what went wrong, or that nothing did', async () => {
    const failed = {
      at: TIMES.created_at,
      severity: 'error',
      code: 'storage_full',
      message: 'The disk is full.',
      user_id: null,
      session_id: 's1',
      session_readable: false,
      run_id: null,
      request_id: 'ab12',
    };
    await page.open(ErrorLogComponent);
    await page.answer('GET', '/api/team/errors', { entries: [failed], next_cursor: null });
    expect(words(page.element.querySelector('tbody'))).toMatch(/storage_full The disk is full. s1 ab12$/);
    expect(page.element.querySelector('a')).toBeNull();
    await page.open(ErrorLogComponent);
    await page.answer('GET', '/api/team/errors', {
      entries: [{ ...failed, session_readable: true }],
      next_cursor: null,
    });
    expect(page.element.querySelector('a')?.getAttribute('href')).toBe('/sessions/s1');
    await page.open(ErrorLogComponent);
    await page.answer('GET', '/api/team/errors', { entries: [], next_cursor: null });
    expect(words(page.element)).toContain('There were no errors');
  });
});
