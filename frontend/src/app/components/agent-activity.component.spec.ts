import { HttpTestingController } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';

import { me, refusal } from '../../testing/accounts';
import { agent, builtIn } from '../../testing/agents';
import { find, words } from '../../testing/dom';
import { exampleLog, step } from '../../testing/events';
import { SessionHarness, turn } from '../../testing/session-harness';
import { session } from '../../testing/sessions';
import { Session } from '../models/models';
import { Account } from '../services/account.service';
import { Clock } from '../services/clock.service';
import { Notices } from '../services/notices.service';

describe('AgentActivityComponent', () => {
  let page: SessionHarness;
  let element: HTMLElement;
  let http: HttpTestingController;
  let fixture: SessionHarness['fixture'];

  beforeEach(() => {
    sessionStorage.clear();
    page = new SessionHarness();
    ({ element, fixture, http } = page);
  });

  /** Writes a question; what presses Enter. */
  async function write(question: string): Promise<() => void> {
    const field = find(element, 'textarea', HTMLTextAreaElement);
    field.value = question;
    field.dispatchEvent(new Event('input'));
    await fixture.whenStable();
    return () => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true }));
  }

  /** Answers the one question that was sent; the key it was sent with. */
  async function answerWith(status: number): Promise<string | null> {
    const asked = http.expectOne('/api/sessions/harbour/messages');
    asked.flush({}, { status, statusText: 'Said' });
    await turn();
    for (const read of http.match('/api/sessions/harbour')) read.flush(session('harbour'));
    await turn();
    await fixture.whenStable();
    return asked.request.headers.get('Idempotency-Key');
  }

  /** The session is deleted elsewhere. */
  async function remove(): Promise<void> {
    page.browser.source.fail(true);
    http
      .expectOne(({ url }) => url === '/api/sessions/harbour/activity')
      .flush(null, { status: 404, statusText: 'Not Found' });
    await turn();
    await fixture.whenStable();
  }

  it('says plainly that a session does not exist', async () => {
    TestBed.tick();
    http.expectOne('/api/sessions/harbour').flush(null, { status: 404, statusText: 'Not Found' });
    await turn();
    await fixture.whenStable();
    expect(words(element)).toContain('This session does not exist');
  });

  it('keeps room for the run of a past that is on its way, and none where there is no past', async () => {
    const cards = (): number => element.querySelectorAll('.card').length;
    TestBed.tick();
    expect([element.querySelector('.progress-strip') !== null, cards()]).toEqual([true, 6]);
    http.expectOne('/api/sessions/harbour').flush(session('harbour', { head: 0 }));
    await turn();
    TestBed.tick();
    expect([element.querySelector('.progress-strip') !== null, cards()]).toEqual([false, 0]);
  });

  it('opens the detail of a step and closes it with Escape', async () => {
    await page.open(exampleLog.slice(0, 20));
    const row = [...element.querySelectorAll<HTMLElement>('.row')].find((one) => words(one).includes('passengers.csv'));
    row?.click();
    await fixture.whenStable();
    expect(words(element.querySelector('.detail'))).toContain('passengers.csv is empty. Export it again and add it.');
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    await fixture.whenStable();
    expect(element.querySelector('.detail')).toBeNull();
  });

  it("shows the server's words when a question was not taken, and keeps the question", async () => {
    await page.open([]);
    (await write('Who rebuilt her engine?'))();
    const error = { error: { code: 'busy', message: 'Too many questions at once. Wait a minute.' } };
    http.expectOne('/api/sessions/harbour/messages').flush(error, { status: 429, statusText: 'Too Many Requests' });
    await turn();
    expect(
      TestBed.inject(Notices)
        .all()
        .map(({ text }) => text),
    ).toEqual(['Too many questions at once. Wait a minute.']);
    expect(find(element, 'textarea', HTMLTextAreaElement).value).toBe('Who rebuilt her engine?');
  });

  it('sends a question once, however fast Enter is pressed again', async () => {
    await page.open([]);
    const enter = await write('Who?');
    enter();
    enter();
    await answerWith(202);
    expect(find(element, 'textarea', HTMLTextAreaElement).value).toBe('');
  });

  it('sends a question whose fate is not known as the same one, and one that was taken as a new one', async () => {
    await page.open([]);
    const keys: (string | null)[] = [];
    for (const status of [500, 202, 202]) {
      (await write('Who?'))();
      keys.push(await answerWith(status));
    }
    expect([keys[0] === keys[1], keys[1] === keys[2]]).toEqual([true, false]);
  });

  it('says on the spot that the session is gone, and takes no more questions', async () => {
    const clock = vi.spyOn(TestBed.inject(Clock), 'run');
    await page.open(exampleLog.slice(0, 6));
    expect(clock).toHaveBeenLastCalledWith(true);
    await remove();
    expect(words(element.querySelector('app-connection-badge'))).toBe('Deleted');
    expect(words(element.querySelector('main [role=alert]'))).toContain('This session was deleted.');
    expect(find(element, 'textarea', HTMLTextAreaElement).disabled).toBe(true);
    expect(clock).toHaveBeenLastCalledWith(false);
  });

  it('shows nothing of a deleted session as going on, and offers nothing that would change it', async () => {
    await page.open(exampleLog.slice(0, 6));
    expect(page.strip()).not.toBe('Stopped');
    expect(element.querySelector('.bar.live')).not.toBeNull();
    await remove();
    expect(page.strip()).toBe('Stopped');
    expect(element.querySelectorAll('.bar.live, .card:not(.resting), .thinking, .answer.writing')).toHaveLength(0);
    expect(
      element.querySelectorAll(
        '.session-header :is(.button, button.title), app-sharing-menu, app-session-menu, .follow',
      ),
    ).toHaveLength(0);
  });

  it('is told of the end of a session whose conversation is folded away', async () => {
    await page.open([step(1, 0, { activity_id: 'a' })]);
    expect(element.querySelector('.session.folded')).not.toBeNull();
    await remove();
    const told = find(element, '[role=alert]', HTMLElement);
    expect([words(told), told.closest('.chat')]).toEqual([expect.stringContaining('This session was deleted.'), null]);
  });

  describe('that may only be watched', () => {
    const watched = { may_change: false, mine: false, owner: 'Jon', shared: true };

    /** The stream is refused, and so is what is asked then. */
    async function refuse(status: number, code: string): Promise<void> {
      page.browser.source.fail(true);
      http.expectOne(({ url }) => url === '/api/sessions/harbour/activity').flush(...refusal(status, code));
      await turn();
      await fixture.whenStable();
    }

    it('offers nothing that would change it, and says who can', async () => {
      await page.open(exampleLog, watched);
      expect(words(element.querySelector('.only-watching'))).toBe('You are watching; only Jon can ask here.');
      expect(element.querySelectorAll('textarea, input[type=file], app-sharing-menu, button.title')).toHaveLength(0);
      expect([...element.querySelectorAll('.session-header button')].map(words)).not.toContain('Stop');
      find(element, '#tab-documents', HTMLButtonElement).click();
      await fixture.whenStable();
      expect(words(element.querySelector('.documents'))).toBe('There are no documents in this session.');
      const drag = Object.assign(new Event('dragover', { cancelable: true }), { dataTransfer: { types: ['Files'] } });
      document.dispatchEvent(drag);
      expect(drag.defaultPrevented).toBe(false);
    });

    it('gives way to plain words when it is shared no longer', async () => {
      await page.open(exampleLog.slice(0, 6), watched);
      await refuse(404, 'not_found');
      expect(words(element.querySelector('h1'))).toBe('You no longer have access to this session');
      expect(element.querySelector('.session')).toBeNull();
    });

    it('goes on after its stream was refused for a token that has been renewed', async () => {
      await page.open([], watched);
      page.browser.source.fail(true);
      http.expectOne(({ url }) => url === '/api/sessions/harbour/activity').flush({ events: [], first: 1, head: 0 });
      await turn();
      expect(element.querySelector('.session')).not.toBeNull();
    });

    it('tells a guest whose link was taken back', async () => {
      TestBed.inject(Account).spectate();
      fixture.componentRef.setInput('guest', true);
      await page.open(exampleLog.slice(0, 6), watched);
      expect(words(element.querySelector('.only-watching'))).toBe('You are watching; you cannot ask here.');
      expect(element.querySelector('[aria-label=Sessions]')).toBeNull();
      await refuse(401, 'signed_out');
      expect(words(element)).toContain('You can no longer watch this session');
      http.expectNone(({ url }) => url === '/api/sessions');
    });

    it('tells a guest who comes back too late', async () => {
      TestBed.inject(Account).spectate();
      fixture.componentRef.setInput('guest', true);
      TestBed.tick();
      http.expectOne('/api/sessions/harbour').flush(...refusal(401, 'signed_out'));
      await turn();
      await fixture.whenStable();
      expect(words(element)).toContain('You can no longer watch this session');
    });
  });

  describe('and who answers in it', () => {
    const helper = { id: 'agent-Helper', name: 'Helper', avatar: null, state: 'ready' } as const;

    async function openWith(fields: Partial<Session>): Promise<void> {
      await page.openAs(me('Mara'), fields);
      http
        .expectOne(({ url }) => url === '/api/agents')
        .flush({
          next_cursor: null,
          agents: [builtIn(), agent('Helper', { enabled: fields.agent?.state !== 'disabled' }), agent('Quay')],
        });
      await turn();
      await fixture.whenStable();
    }

    async function chooseQuay(within: string): Promise<void> {
      [...element.querySelectorAll<HTMLElement>(`${within} [role=menuitemradio]`)]
        .find((one) => words(one).endsWith('Quay'))
        ?.click();
      const request = http.expectOne({ method: 'PATCH', url: '/api/sessions/harbour' });
      expect(request.request.body).toEqual({ agent_id: 'agent-Quay' });
      request.flush(session('harbour', { agent: { id: 'agent-Quay', name: 'Quay', avatar: null, state: 'ready' } }));
      await turn();
      await fixture.whenStable();
    }

    it('can be chosen before the first question, of those that are enabled', async () => {
      await openWith({ agent: helper });
      expect(words(element.querySelector('app-conversation'))).toContain('does not see documents');
      const offered = [...element.querySelectorAll('.pick-room [role=menuitemradio]')].map((one) => [
        words(one),
        one.getAttribute('aria-checked'),
      ]);
      expect(offered).toEqual([
        ['Document agents', 'false'],
        ['Helper', 'true'],
        ['Quay', 'false'],
      ]);
      await chooseQuay('.pick-room');
      expect(words(element.querySelector('app-session-agent button'))).toBe('Quay');
    });

    it('is said to be silent where one would ask, and another one can be chosen there', async () => {
      await openWith({ agent: { ...helper, state: 'disabled' } });
      expect(words(element.querySelector('app-agent-unavailable'))).toContain(
        'Helper is disabled and does not answer. Choose another agent',
      );
      const field = find(element, 'textarea', HTMLTextAreaElement);
      field.value = 'Who rebuilt her engine?';
      field.dispatchEvent(new Event('input'));
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true }));
      http.expectNone('/api/sessions/harbour/messages');
      await chooseQuay('app-agent-unavailable');
      expect([element.querySelector('app-agent-unavailable'), field.value]).toEqual([null, 'Who rebuilt her engine?']);
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true }));
      http.expectOne('/api/sessions/harbour/messages');
    });

    it('is asked about once more when a question was refused because of it', async () => {
      await openWith({ agent: helper });
      const field = find(element, 'textarea', HTMLTextAreaElement);
      field.value = 'Who?';
      field.dispatchEvent(new Event('input'));
      await fixture.whenStable();
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true }));
      http.expectOne('/api/sessions/harbour/messages').flush(...refusal(409, 'agent_disabled', 'It is switched off.'));
      await turn();
      http.expectOne('/api/sessions/harbour').flush(session('harbour', { agent: { ...helper, state: 'disabled' } }));
      await turn();
      await fixture.whenStable();
      expect(
        TestBed.inject(Notices)
          .all()
          .map(({ text }) => text),
      ).toEqual(['It is switched off.']);
      expect(element.querySelector('app-agent-unavailable')).not.toBeNull();
    });

    it('is not asked of the server for a guest', async () => {
      TestBed.inject(Account).spectate();
      fixture.componentRef.setInput('guest', true);
      await page.open([], { may_change: false, mine: false, agent: helper });
      http.expectNone(({ url }) => url === '/api/agents');
      expect(words(element.querySelector('app-session-agent'))).toBe('Who answers: Helper');
    });
  });

  it('lets its owner share it', async () => {
    await page.openAs(me('Mara'), { mine: true });
    const choices = [...element.querySelectorAll<HTMLElement>('app-sharing-menu [role=menuitemradio]')];
    expect(choices.map((one) => [words(one), one.getAttribute('aria-checked')])).toEqual([
      ['Private', 'true'],
      ['Shared with Harbour', 'false'],
    ]);
    choices[1]?.click();
    const request = http.expectOne({ method: 'PATCH', url: '/api/sessions/harbour' });
    expect(request.request.body).toEqual({ shared: true });
    request.flush(session('harbour', { shared: true }));
    await turn();
    await fixture.whenStable();
    expect(words(element.querySelector('.sharing'))).toBe('Shared');
  });

  it('lets who may change what is another’s make links to it, and does not let them share it', async () => {
    await page.openAs(me('Jon', 'administrator'), { mine: false, owner: 'Mara', shared: true });
    const choices = [...element.querySelectorAll('app-sharing-menu [role^=menuitem]')];
    expect(choices.map(words)).toEqual(['Spectator links…']);
    expect(words(element.querySelector('.sharing'))).toBe('Shared');
  });
});
