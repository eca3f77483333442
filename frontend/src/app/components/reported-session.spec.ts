import { find, words } from '../../testing/dom';
import { message, runUpdate, step } from '../../testing/events';
import { SessionHarness } from '../../testing/session-harness';
import { Run } from '../models/models';

describe('a session that agents elsewhere fill', () => {
  let page: SessionHarness;
  let element: HTMLElement;
  const running = { id: 'r', status: 'running', reported: true, question: '' } as Run;

  beforeEach(() => {
    sessionStorage.clear();
    page = new SessionHarness();
    ({ element } = page);
  });

  const face = () => ({
    folded: element.querySelector('.session.folded') !== null,
    placeholders: element.querySelectorAll('.card.slot').length,
    agents: words(element.querySelector('.session-header .badge.wide-only')),
    text: words(element.querySelector('.chat')),
  });

  it('has room for its own agents, and leaves the room of a conversation that there is not', async () => {
    await page.open([runUpdate(1, 0, { status: 'running' }), step(2, 1, { activity_id: 'a' })], { last_run: running });
    expect(face()).toMatchObject({ folded: true, placeholders: 0, agents: 'Agents elsewhere' });
    expect(face().text).not.toContain('documents');
    await page.press(page.button('Open the conversation'));
    expect(face()).toMatchObject({ folded: false });
    expect(face().text).toContain('Nothing has been said yet');
  });

  it('shows what is said as soon as somebody says it', async () => {
    await page.open([runUpdate(1, 0, { status: 'running' })], { last_run: running });
    expect(face().folded).toBe(true);
    await page.send(message(2, 'm', { delta: 'Two boats.' }));
    expect(face().folded).toBe(false);
  });

  describe('and somebody writes a question in it meanwhile', () => {
    const field = (): HTMLTextAreaElement => find(element, 'textarea', HTMLTextAreaElement);

    beforeEach(async () => {
      document.body.append(element);
      await page.open([]);
    });

    afterEach(() => element.remove());

    it('leaves the conversation open, with the focus and the text', async () => {
      field().focus();
      await page.send(step(1, 0, { activity_id: 'a' }));
      expect([face().folded, document.activeElement]).toEqual([false, field()]);
      field().blur();
      await page.send(step(2, 1, { activity_id: 'b' }));
      expect(face().folded).toBe(false);
    });

    it('leaves a half written question open that nobody writes at the moment', async () => {
      field().value = 'Who reb';
      field().dispatchEvent(new Event('input'));
      await page.send(step(1, 0, { activity_id: 'a' }));
      expect(face().folded).toBe(false);
    });

    it('leaves a phone at the conversation', async () => {
      field().focus();
      await page.send(step(1, 0, { activity_id: 'a' }));
      field().blur();
      await page.send(step(2, 1, { activity_id: 'b' }));
      expect(element.querySelector('.session')?.getAttribute('data-phone')).toBe('chat');
    });
  });

  it('is one of this server as soon as somebody asks here', async () => {
    await page.open([runUpdate(1, 0, { status: 'completed' })], { last_run: { ...running, status: 'completed' } });
    await page.send({ ...runUpdate(2, 1, { status: 'queued', question: 'Who?' }), run_id: 'ours' });
    expect(face()).toMatchObject({ folded: false, placeholders: 6 });
    expect(face().agents).not.toBe('Agents elsewhere');
  });

  it('offers nobody to ask a question of its program again', async () => {
    await page.open([runUpdate(1, 0, { status: 'failed', question: 'Who?' })], {
      last_run: { ...running, status: 'failed', question: 'Who?' },
    });
    expect(face().text).toContain('Who?');
    expect(face().text).not.toContain('Ask again');
  });

  it('says where a run has no steps', async () => {
    const said = message(2, 'm', { delta: 'Two boats.', final: true });
    await page.open([runUpdate(1, 0, { status: 'running' }), said]);
    expect(words(element.querySelector('app-timeline .hint'))).toBe('No steps yet.');
    expect(face().text).toContain('Two boats.');
  });
});
