import { find, words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { SpectatorLinksComponent } from './spectator-links.component';

const TIMES = { created_at: '2026-03-14T09:00:00Z', expires_at: '2026-03-15T09:00:00Z' };

describe('SpectatorLinksComponent', () => {
  let page: PageHarness;

  beforeEach(() => (page = new PageHarness()));

  it('makes a spectator link that leaves tool data out, and takes it back', async () => {
    const link = { id: 'l', hides_tool_data: true, made_by: 'Mara', ...TIMES };
    await page.open(SpectatorLinksComponent, { sessionId: 'harbour' });
    await page.answer('GET', '/api/sessions/harbour/links', { links: [] });
    find(page.element, '[type=checkbox]', HTMLInputElement).click();
    await page.submit();
    const asked = await page.answer('POST', '/api/sessions/harbour/links', { link, token: 'secret' });
    expect(asked).toEqual({ valid_hours: 24, hides_tool_data: true });
    await page.answer('GET', '/api/sessions/harbour/links', { links: [link] });
    expect(page.secret()).toBe(`${location.origin}/watch#secret`);
    expect(words(page.element.querySelector('.rows small'))).toContain('without tool data');
    page.element.querySelector<HTMLElement>('.rows button')?.click();
    await page.answer('DELETE', '/api/sessions/harbour/links/l', null);
    expect(page.secret()).toBeNull();
  });
});
