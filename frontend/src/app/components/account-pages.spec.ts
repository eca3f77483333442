import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { Type } from '@angular/core';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';

import { me, refusal } from '../../testing/accounts';
import { find, words } from '../../testing/dom';
import { FakeBrowser } from '../../testing/fake-browser';
import { Account } from '../services/account.service';
import { BROWSER } from '../services/browser';
import { AuditTrailComponent } from './audit-trail.component';
import { ChangePasswordComponent } from './change-password.component';
import { ErrorLogComponent } from './error-log.component';
import { InvitationsComponent } from './invitations.component';
import { KeysComponent } from './keys.component';
import { SpectatorLinksComponent } from './spectator-links.component';
import { UsersComponent } from './users.component';

const TIMES = { created_at: '2026-03-14T09:00:00Z', expires_at: '2026-03-15T09:00:00Z' };

describe('the pages of an account', () => {
  let fixture: ComponentFixture<unknown>;
  let element: HTMLElement;
  let http: HttpTestingController;

  beforeEach(() => {
    Object.assign(HTMLDialogElement.prototype, { showModal: () => undefined });
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), provideRouter([]), { provide: BROWSER, useValue: new FakeBrowser() }],
    });
    http = TestBed.inject(HttpTestingController);
  });

  async function settle(): Promise<void> {
    TestBed.tick();
    await new Promise((resolve) => setTimeout(resolve));
    TestBed.tick();
  }

  async function open(component: Type<unknown>, inputs: Record<string, unknown> = {}): Promise<void> {
    fixture = TestBed.createComponent(component);
    for (const [name, value] of Object.entries(inputs)) fixture.componentRef.setInput(name, value);
    element = fixture.nativeElement as HTMLElement;
    await settle();
  }

  async function answer(method: string, url: string, body: object | null): Promise<unknown> {
    const asked = http.expectOne((request) => request.method === method && request.url === url);
    asked.flush(body);
    await settle();
    return asked.request.body;
  }

  async function press(label: string): Promise<void> {
    const buttons = [...element.querySelectorAll<HTMLElement>('button')];
    buttons.find((button) => button.getAttribute('aria-label') === label || words(button) === label)?.click();
    await settle();
  }

  async function submit(): Promise<void> {
    find(element, 'form', HTMLFormElement).dispatchEvent(new Event('submit', { cancelable: true }));
    await settle();
  }

  async function confirm(): Promise<void> {
    const dialog = find(element, 'app-confirm dialog', HTMLDialogElement);
    dialog.returnValue = 'yes';
    dialog.dispatchEvent(new Event('close'));
    await settle();
  }

  const secret = (): string | null => element.querySelector<HTMLInputElement>('.secret input')?.value ?? null;
  const alert = (): string => words(element.querySelector('[role=alert]'));

  it('makes an invitation whose link is shown once, and withdraws it', async () => {
    const one = { id: 'i', role: 'viewer', invited_by: 'Mara', ...TIMES };
    await open(InvitationsComponent);
    await answer('GET', '/api/team/invitations', { invitations: [] });
    expect(words(element)).toContain('No invitation is open.');
    find(element, '#invite-role', HTMLSelectElement).value = 'viewer';
    await submit();
    expect(await answer('POST', '/api/team/invitations', { invitation: one, token: 'secret' })).toEqual({ role: 'viewer', valid_hours: 72 });
    await answer('GET', '/api/team/invitations', { invitations: [one] });
    expect(secret()).toBe(`${location.origin}/join#secret`);
    element.querySelector<HTMLElement>('.rows button')?.click();
    await answer('DELETE', '/api/team/invitations/i', null);
    expect(secret()).toBeNull();
  });

  it('takes a role back on the screen that was not given', async () => {
    await open(UsersComponent);
    await answer('GET', '/api/team/users', { users: [me('Mara', 'administrator').user] });
    const role = find(element, 'select', HTMLSelectElement);
    role.value = 'viewer';
    role.dispatchEvent(new Event('change'));
    http.expectOne('/api/team/users/user-Mara').flush(...refusal(409, 'last_administrator', 'A team needs an administrator.'));
    await settle();
    expect([alert(), role.value]).toEqual(['A team needs an administrator.', 'administrator']);
  });

  it('asks before somebody is deactivated', async () => {
    const { user } = me('Jon');
    await open(UsersComponent);
    await answer('GET', '/api/team/users', { users: [user] });
    await press('Deactivate Jon');
    http.expectNone({ method: 'PATCH' });
    await confirm();
    expect(await answer('PATCH', '/api/team/users/user-Jon', { ...user, active: false })).toEqual({ active: false });
    expect(words(element.querySelector('tbody'))).toContain('deactivated');
  });

  it('makes a password link when sure, and shows it once', async () => {
    await open(UsersComponent);
    await answer('GET', '/api/team/users', { users: [me('Jon').user, { ...me('Gus').user, active: false }] });
    expect(element.querySelector('[aria-label="Password link for Gus"]')).toBeNull();
    await press('Password link for Jon');
    http.expectNone({ method: 'POST' });
    await confirm();
    await answer('POST', '/api/team/users/user-Jon/password-link', { token: 'secret' });
    expect(secret()).toBe(`${location.origin}/reset#secret`);
  });

  it('hands the sessions of who is deactivated over to who may own some', async () => {
    const users = [me('Mara', 'administrator').user, me('Jon').user, me('Vera', 'viewer').user, { ...me('Gus').user, active: false }];
    await open(UsersComponent);
    await answer('GET', '/api/team/users', { users });
    await press('Hand over the sessions of Gus');
    const field = find(element, '#heir', HTMLSelectElement);
    expect([...field.options].map(words)).toEqual(['Mara (mara@harbour.example)', 'Jon (jon@harbour.example)']);
    field.value = 'user-Jon';
    field.dispatchEvent(new Event('change'));
    const dialog = find(element, 'app-hand-over dialog', HTMLDialogElement);
    dialog.returnValue = 'yes';
    dialog.dispatchEvent(new Event('close'));
    await settle();
    expect(await answer('POST', '/api/team/users/user-Gus/hand-over', { sessions: 2 })).toEqual({ to: 'user-Jon' });
    expect(words(element.querySelector('[role=status]'))).toBe('Jon has 2 sessions of Gus now.');
  });

  it('pages through the audit trail', async () => {
    const entry = (subject: string): object => ({ at: TIMES.created_at, action: 'invited', actor: 'Mara <mara@harbour.example>', subject, address: null, request_id: null });
    await open(AuditTrailComponent);
    await answer('GET', '/api/team/audit', { entries: [entry('member')], next_cursor: 'older' });
    await press('Show older entries');
    const asked = http.expectOne(({ url }) => url === '/api/team/audit');
    expect(asked.request.params.get('cursor')).toBe('older');
    asked.flush({ entries: [entry('viewer')], next_cursor: null });
    await settle();
    expect([...element.querySelectorAll('tbody tr')].map((row) => words(row).replace(/^.*?Mara/, 'Mara'))).toEqual(['Mara invited member', 'Mara invited viewer']);
    expect(element.querySelector('button')).toBeNull();
  });

  it('shows what went wrong, or that nothing did', async () => {
    const failed = { at: TIMES.created_at, severity: 'error', code: 'storage_full', message: 'The disk is full.', user_id: null, session_id: 's1', session_readable: false, run_id: null, request_id: 'ab12' };
    await open(ErrorLogComponent);
    await answer('GET', '/api/team/errors', { entries: [failed], next_cursor: null });
    expect(words(element.querySelector('tbody'))).toMatch(/storage_full The disk is full. s1 ab12$/);
    expect(element.querySelector('a')).toBeNull();
    await open(ErrorLogComponent);
    await answer('GET', '/api/team/errors', { entries: [{ ...failed, session_readable: true }], next_cursor: null });
    expect(element.querySelector('a')?.getAttribute('href')).toBe('/sessions/s1');
    await open(ErrorLogComponent);
    await answer('GET', '/api/team/errors', { entries: [], next_cursor: null });
    expect(words(element)).toContain('Nothing went wrong');
  });

  it('makes a key that is shown once with an example, and revokes it when sure', async () => {
    const key = { id: 'k', name: 'Import', scopes: ['read', 'run'], hint: 'ringside_ab', user_id: 'u', user_name: 'Mara', created_at: TIMES.created_at, last_used_at: null };
    await open(KeysComponent);
    await answer('GET', '/api/keys', { keys: [] });
    const name = find(element, '#key-name', HTMLInputElement);
    name.value = 'Import';
    name.dispatchEvent(new Event('input'));
    element.querySelectorAll<HTMLInputElement>('[type=checkbox]')[2]?.click();
    await submit();
    expect(await answer('POST', '/api/keys', { key, secret: 'ringside_abc' })).toEqual({ name: 'Import', scopes: ['read', 'run'] });
    await answer('GET', '/api/keys', { keys: [key] });
    expect(secret()).toBe('ringside_abc');
    expect(words(element.querySelector('.example'))).toBe(`curl -H "Authorization: Bearer ringside_abc" ${location.origin}/api/sessions`);
    await press('Revoke Import');
    http.expectNone({ method: 'DELETE' });
    await confirm();
    await answer('DELETE', '/api/keys/k', null);
  });

  it('makes a spectator link that leaves tool data out, and takes it back', async () => {
    const link = { id: 'l', hides_tool_data: true, made_by: 'Mara', ...TIMES };
    await open(SpectatorLinksComponent, { sessionId: 'harbour' });
    await answer('GET', '/api/sessions/harbour/links', { links: [] });
    find(element, '[type=checkbox]', HTMLInputElement).click();
    await submit();
    const wish = await answer('POST', '/api/sessions/harbour/links', { link, token: 'secret' });
    expect(wish).toEqual({ valid_hours: 24, hides_tool_data: true });
    await answer('GET', '/api/sessions/harbour/links', { links: [link] });
    expect(secret()).toBe(`${location.origin}/watch#secret`);
    expect(words(element.querySelector('.rows small'))).toContain('without tool data');
    element.querySelector<HTMLElement>('.rows button')?.click();
    await answer('DELETE', '/api/sessions/harbour/links/l', null);
    expect(secret()).toBeNull();
  });

  it('changes the password, and says so', async () => {
    void TestBed.inject(Account).known();
    await answer('GET', '/api/auth/me', me());
    await open(ChangePasswordComponent);
    expect([...element.querySelectorAll('.password input')].map((field) => field.getAttribute('autocomplete'))).toEqual(['current-password', 'new-password']);
    expect(element.querySelectorAll('#current')).toHaveLength(1);
    await submit();
    http.expectOne('/api/auth/password').flush(...refusal(401, 'wrong_credentials', 'The present password is wrong.'));
    await settle();
    expect(alert()).toBe('The present password is wrong.');
    await submit();
    await answer('POST', '/api/auth/password', null);
    expect(words(element.querySelector('[role=status]'))).toBe('Your password is changed.');
  });
});
