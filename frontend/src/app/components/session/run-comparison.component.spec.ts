import { runUpdate } from '../../../testing/events';
import { words } from '../../../testing/dom';
import { SessionHarness, turn } from '../../../testing/session-harness';
import { LoggedEvent } from '../../state/events';

describe('the choice of a run to compare with', () => {
  function runs(...ids: readonly string[]): LoggedEvent[] {
    return ids.map((run_id, at) =>
      runUpdate(at + 1, at, { run_id, status: 'completed', question: `What about ${run_id}?` }),
    );
  }

  async function open(...ids: readonly string[]): Promise<SessionHarness> {
    Object.assign(HTMLElement.prototype, { showPopover: () => undefined, hidePopover: () => undefined });
    Object.assign(HTMLDialogElement.prototype, { showModal: () => undefined });
    const page = new SessionHarness();
    await page.open(runs(...ids));
    return page;
  }

  const item = (page: SessionHarness): HTMLElement | undefined =>
    [...page.element.querySelectorAll<HTMLElement>('app-session-menu .menu button')].find((one) =>
      words(one).startsWith('Compare run'),
    );

  it('leads to both, the earlier one first', async () => {
    const page = await open('ice', 'tide', 'wind');
    expect(words(item(page))).toBe('Compare run 3 with…');
    item(page)?.click();
    await turn();
    await page.fixture.whenStable();
    const links = [...page.element.querySelectorAll('app-run-comparison a')];
    expect(links.map(words)).toEqual(['Run 2 What about tide?', 'Run 1 What about ice?']);
    expect(links.map((link) => link.getAttribute('href'))).toEqual([
      '/compare?a=tide&b=wind&aSession=harbour&bSession=harbour',
      '/compare?a=ice&b=wind&aSession=harbour&bSession=harbour',
    ]);
  });

  it('is not offered where there is no other run', async () => {
    expect(item(await open('ice'))).toBeUndefined();
  });
});
